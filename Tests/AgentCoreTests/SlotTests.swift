import AgentProtocol
import Foundation
import Posix
import SecureMemory
import TestSupport
import Testing
import Vault
import Wire

/// Changes of what opens the vault, at a tool's word.
@Suite struct `What opens the vault` {
    private let keyring = PlayedKeyring()

    private func stage(withKeyring: Bool = true) throws -> Stage {
        let stage = try Stage()
        stage.core.always(.keyring) { [keyring] in try keyring.answer($0) }
        let (slot, key) = try stage.makeVault(withKeyring: withKeyring)
        if withKeyring { keyring.hold(key, slot) }
        return stage
    }

    private func slots(_ stage: Stage) throws -> [VaultDescription.Slot] {
        try Vault.describe(in: stage.core.folder + "/vault").slots
    }

    /// Whether the keyring holds the key of the vault's slot, and nothing else, and it opens the vault.
    private func fits(_ stage: Stage) throws -> Bool {
        let slot = try #require(try slots(stage).compactMap(\.keyring).first)
        guard let key = keyring.entries[slot.bytes], keyring.entries.count == 1 else { return false }
        let copy = stage.core.folder + "/copy"
        try Files.makeFolder(copy)
        try Files.replace(copy + "/vault", with: try Files.read(stage.core.folder + "/vault/vault", limit: 1 << 20))
        let secret = SecretBytes(copying: key.span.bytes)
        return
            (try? Vault.open(in: copy, keyring: KeyringKey(id: slot, key: secret)).records.allSatisfy {
                $0.kind == .logEnd
            }) ?? false
    }

    private func never(_ stage: Stage, _ outcome: KeyringOutcome = .noService) {
        stage.core.always(.keyring) { pipe in
            _ = try pipe.receive()
            try pipe.send(secret: KeyringReply(outcome))
        }
    }

    @Test func `is the keyring too, once the person has typed the passphrase`() throws {
        let stage = try stage(withKeyring: false)
        #expect(try stage.core.connect().send(SetKeyringRequest(opens: true)).keyring == .nothing)
        #expect(stage.person.questions.map(\.subject) == [.vault(.setKeyring)])
        #expect(stage.person.questions.first?.terms.needsPassphrase == true)
        #expect(try slots(stage).map(\.kind) == [1, 2])
        #expect(try fits(stage))
    }

    @Test func `is asked for the passphrase before each change, also where it is open`() throws {
        let stage = try stage()
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        let before = try slots(stage)
        let requests: [any AgentExtension] = [
            SetKeyringRequest(opens: true), ChangeKeyRequest(), ChangePassphraseRequest(),
        ]
        for request in requests {
            stage.core.next(.prompt) { pipe in
                _ = try pipe.receive(); try pipe.send(secret: Answer(outcome: .denied))
            }
            #expect(stage.refusal(request) == .denied)
            for _ in 0..<3 {
                stage.core.next(.prompt) { pipe in
                    _ = try pipe.receive()
                    try pipe.send(
                        secret: Answer(outcome: .given, value: SecretBytes(copying: Array("wrong".utf8).span.bytes)))
                }
            }
            #expect(stage.refusal(request) == .wrongPassphrase)
        }
        #expect(try slots(stage) == before)
        #expect(keyring.asked == [.lookUp])
    }

    @Test func `is not the keyring if that can hold no key`() throws {
        let stage = try stage(withKeyring: false)
        for outcome in [KeyringOutcome.locked, .noService, .failed] {
            never(stage, outcome)
            #expect(stage.refusal(SetKeyringRequest(opens: true)) == .keyring)
        }
        #expect(try slots(stage).map(\.kind) == [1])
    }

    @Test func `gets a new key for the keyring in the place of the former`() throws {
        let stage = try stage()
        let before = try slots(stage)
        #expect(stage.refusal(SetKeyringRequest(opens: true)) == nil)
        #expect(try slots(stage)[1].keyring != before[1].keyring)
        #expect(try fits(stage))
    }

    @Test func `is the keyring no longer, which forgets all that it held`() throws {
        let stage = try stage()
        keyring.hold([1], [UInt8](repeating: 9, count: 16))
        #expect(try stage.core.connect().send(SetKeyringRequest(opens: false)).keyring == .nothing)
        #expect(try slots(stage).map(\.kind) == [1])
        #expect(keyring.entries.isEmpty && stage.person.questions.isEmpty)
    }

    @Test func `is the keyring no longer, also if that can't be reached, and this is said`() throws {
        let stage = try stage()
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        never(stage)
        #expect(try stage.core.connect().send(SetKeyringRequest(opens: false)).keyring == .entryRemains)
        #expect(try slots(stage).map(\.kind) == [1])
    }

    @Test(arguments: [true, false]) func `changes with the vault key, and all of it opens the vault`(
        keepsPassphrase: Bool
    ) throws {
        let stage = try stage()
        let before = try slots(stage)
        let change =
            keepsPassphrase
            ? try stage.core.connect().send(ChangeKeyRequest())
            : try stage.core.connect().send(ChangePassphraseRequest())
        #expect(change.keyring == .nothing)
        #expect(try slots(stage)[1].keyring != before[1].keyring)
        #expect(try fits(stage))
    }

    @Test(arguments: [true, false])
    func `loses the keyring's slot if that can't be given the new key, and this is said`(
        keepsPassphrase: Bool
    ) throws {
        let stage = try stage()
        never(stage, .locked)
        let change =
            keepsPassphrase
            ? try stage.core.connect().send(ChangeKeyRequest())
            : try stage.core.connect().send(ChangePassphraseRequest())
        #expect(change.keyring == .slotDropped)
        #expect(try slots(stage).map(\.kind) == [1])
    }

    @Test func `stays as it was, in the keyring too, if the vault can't be written`() throws {
        let stage = try stage()
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        // A folder in the way of the new file: every write of the vault fails.
        try Files.makeFolder(stage.core.folder + "/vault/vault.new/x")
        let requests: [any AgentExtension] = [
            SetKeyringRequest(opens: true), ChangeKeyRequest(), ChangePassphraseRequest(),
        ]
        for request in requests {
            #expect(stage.refusal(request) == .system)
            #expect(try fits(stage))
        }
        #expect(stage.refusal(SetKeyringRequest(opens: false)) == .system)
        #expect(try fits(stage))
    }
}
