import AgentProtocol
import Audit
import Foundation
import Posix
import SecureMemory
import Synchronization
import TestSupport
import Testing
import Vault
import Wire

/// A played keyring: what it holds, and what it was asked.
final class PlayedKeyring: @unchecked Sendable {
    private let state = Mutex((entries: [[UInt8]: [UInt8]](), asked: [KeyringOperation]()))

    var entries: [[UInt8]: [UInt8]] { state.withLock { $0.entries } }
    var asked: [KeyringOperation] { state.withLock { $0.asked } }

    func hold(_ key: [UInt8], _ slot: [UInt8]) { state.withLock { $0.entries[slot] = key } }

    func answer(_ pipe: borrowing FrameChannel) throws {
        let payload = try pipe.receive()
        let reply = try payload.withBytes { bytes -> KeyringReply in
            guard let request = try KeyringRequest.decode(payload: bytes) else { throw WireError.malformed }
            return answer(request)
        }
        try pipe.send(secret: reply)
    }

    private func answer(_ request: borrowing KeyringRequest) -> KeyringReply {
        let (operation, slot) = (request.operation, request.slot)
        let secret = request.secret.withBytes { $0.withUnsafeBytes { Array($0) } }
        let found = state.withLock { state -> [UInt8]? in
            state.asked.append(operation)
            switch operation {
            case .lookUp: return state.entries[slot]
            case .store: state.entries[slot] = secret
            case .delete where slot.isEmpty: state.entries = [:]
            case .delete: state.entries[slot] = nil
            }
            return []
        }
        guard let found else { return KeyringReply(.notFound) }
        return KeyringReply(.done, secret: SecretBytes(copying: found.span.bytes))
    }
}

extension Stage {
    /// Puts a vault with a slot of the keyring's into the core's folder.
    ///
    /// - Returns: the slot and its key.
    func makeVault(withKeyring: Bool = true) throws -> (slot: [UInt8], key: [UInt8]) {
        let weakest = KeyDerivation(operations: 1, memory: 8192, salt: [UInt8](repeating: 1, count: 16))!
        var vault = try Vault.create(
            in: core.folder + "/vault", passphrase: SecretBytes(copying: Array("a test passphrase".utf8).span.bytes),
            derivation: weakest)
        let keyring = KeyringKey.random()
        if withKeyring { try vault.setKeyring(keyring) }
        return (keyring.id.bytes, keyring.key.withBytes { $0.withUnsafeBytes { Array($0) } })
    }
}

@Suite struct `The keyring` {
    private let keyring = PlayedKeyring()

    private func stage(knownPassphrase: [UInt8]? = nil) throws -> Stage {
        let stage = try Stage(knownPassphrase: knownPassphrase)
        stage.core.always(.keyring) { [keyring] in try keyring.answer($0) }
        return stage
    }

    private func reason(_ stage: Stage) -> KeyringMiss? {
        guard case .unlock(_, let miss) = stage.person.questions.last?.subject else { return nil }
        return miss
    }

    private func records(_ stage: Stage, _ kind: String) throws -> [AuditRecord] {
        try eventually("a record of \(kind)") {
            try AuditReading(folder: stage.core.folder + "/vault").records.contains { $0.entry.kind == kind }
        }
        return try AuditReading(folder: stage.core.folder + "/vault").records.filter { $0.entry.kind == kind }
    }

    @Test func `opens the vault without a question, and that is recorded with who asked`() throws {
        let stage = try stage()
        let (slot, key) = try stage.makeVault()
        keyring.hold(key, slot)
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        #expect(try stage.core.status().vault == .open)
        #expect(stage.person.questions.isEmpty)
        let found = try records(stage, "vault_opened")
        #expect(found.count == 1 && found[0]["kernel_programs"]?.isEmpty == false)
    }

    @Test func `is not asked where the vault has no slot for it`() throws {
        let stage = try stage()
        _ = try stage.makeVault(withKeyring: false)
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        #expect(keyring.asked.isEmpty)
        #expect(stage.person.questions.map(\.subject) == [.unlock(wrongTries: 0)])
    }

    @Test(arguments: [
        (KeyringOutcome.notFound, KeyringMiss.notFound), (.locked, .locked), (.noService, .noService),
        (.failed, .failed),
    ])
    func `that gives no key leads to the passphrase, and the question says why`(
        outcome: KeyringOutcome, miss: KeyringMiss
    ) throws {
        let stage = try stage()
        _ = try stage.makeVault()
        stage.core.next(.keyring) { pipe in
            _ = try pipe.receive()
            try pipe.send(secret: KeyringReply(outcome))
        }
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        #expect(reason(stage) == miss)
        #expect(try records(stage, "question").last?["keyring"] == miss.word)
    }

    @Test func `with another key leads to the passphrase`() throws {
        for key in [[UInt8](repeating: 1, count: 32), []] {
            let stage = try stage()
            let (slot, _) = try stage.makeVault()
            keyring.hold(key, slot)
            #expect(stage.refusal(UnlockVaultRequest()) == nil)
            #expect(reason(stage) == .stale)
        }
    }

    @Test func `that crashes, or speaks nonsense, leads to the passphrase`() throws {
        let scripts: [HelperScript] = [
            { _ in throw ExitCode(rawValue: 139) }, { try $0.descriptor.writeAll([0, 0, 0, 2, 151, 99]) },
            { try $0.descriptor.writeAll([0xFF, 0xFF, 0xFF, 0xFF, 151]) },
        ]
        for script in scripts {
            let stage = try stage()
            _ = try stage.makeVault()
            stage.core.next(.keyring, script)
            #expect(stage.refusal(UnlockVaultRequest()) == nil)
            #expect(reason(stage) == .failed)
        }
    }

    @Test func `that hangs leads to the passphrase`() throws {
        let stage = try stage()
        _ = try stage.makeVault()
        stage.core.next(.keyring) { pipe in
            _ = try pipe.receive(); _ = try pipe.receive()
        }
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        #expect(reason(stage) == .late)
    }

    @Test func `that is opened by the person has their time for it`() throws {
        let stage = try stage()
        let (_, key) = try stage.makeVault()
        stage.core.next(.keyring) { pipe in
            _ = try pipe.receive()
            try pipe.send(KeyringAsks())
            // Longer than a service may be silent that does not ask.
            sleep(6)
            try pipe.send(secret: KeyringReply(.done, secret: SecretBytes(copying: key.span.bytes)))
        }
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        #expect(stage.person.questions.isEmpty)
    }

    @Test func `opens no vault that was locked on purpose`() throws {
        let stage = try stage()
        let (slot, key) = try stage.makeVault()
        keyring.hold(key, slot)
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        stage.core.dropKeys()
        try eventually("the lock") { try stage.core.status().vault == .locked }
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        #expect(reason(stage) == .spent)
        #expect(keyring.asked == [.lookUp])
    }

    @Test func `opens no vault for a core that takes a crashed one's place`() throws {
        let stage = try stage(knownPassphrase: [])
        let (slot, key) = try stage.makeVault()
        keyring.hold(key, slot)
        _ = stage.refusal(UnlockVaultRequest())
        #expect(reason(stage) == .spent)
        #expect(keyring.asked.isEmpty)
    }

    @Test func `never stands in for a passphrase that is asked for`() throws {
        let stage = try stage()
        let (slot, key) = try stage.makeVault()
        keyring.hold(key, slot)
        #expect(stage.refusal(ChangePassphraseRequest()) == nil)
        #expect(stage.person.questions.map(\.subject) == [.vault(.changePassphrase), .newPassphrase])
        #expect(!keyring.asked.contains(.lookUp))
    }
}
