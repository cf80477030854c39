import AgentProtocol
import EventLoop
import EventLoopTestSupport
import Posix
import TestSupport
import Testing
import Vault

@testable import AgentCore

@Suite struct `By what the agent knows the vault's passphrase` {
    private func proof(_ stage: Stage) throws -> [UInt8] {
        try Vault.passphraseProof(in: stage.core.folder + "/vault").encoded
    }

    @Test func `the core tells the supervisor before it is ready, and whenever the person changes it`() throws {
        let stage = try Stage()
        #expect(stage.core.told == [[]])
        _ = try stage.activate().get()
        let first = try proof(stage)
        try eventually("the new vault's") { stage.core.told.last == first }
        #expect(stage.refusal(ChangePassphraseRequest()) == nil)
        let second = try proof(stage)
        #expect(second != first)
        try eventually("the changed one's") { stage.core.told.last == second }
    }

    @Test func `is in a core that takes another's place what that one knew, whatever the file says`() async throws {
        let stage = try Stage()
        _ = try stage.activate().get()
        let (known, folder) = (try proof(stage), stage.core.folder + "/vault")
        let other = try Stage()
        _ = try other.activate().get()
        let strange = try proof(other)
        // The stranger's file in the folder, as it is read by a first core and by one that takes another's place.
        try Files.replace(folder + "/vault", with: Files.read(other.core.folder + "/vault/vault", limit: 1 << 20))
        let told = await onLoop { () -> [[UInt8]] in
            [nil, known, [], [1, 2, 3]].map { told in
                var heard: [UInt8] = [9]
                _ = KnownPassphrase(told: told, folder: folder, turns: TurnQueue()) { heard = $0 }
                return heard
            }
        }
        #expect(told == [strange, known, [], []])
    }
}
