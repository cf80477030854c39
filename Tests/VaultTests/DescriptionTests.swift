import SecureMemory
import Testing

@testable import Vault

@Suite struct `A vault's description` {
    private let folder = TestFolder()

    @Test func `tells slots and records, also while somebody has the vault open`() throws {
        var vault = try makeVault(folder)
        try vault.put(record(1), kind: .identity, secret("one"))
        let found = try Vault.describe(in: folder.vault)
        #expect(found.path == folder.file && found.version == 1 && found.recordCount == 1)
        #expect(found.slots.map(\.kind) == [1])
        #expect(found.slots.first?.derivation?.memory == 8192)
        #expect(found.slots.first?.derivation?.operations == 1)
        try vault.changePassphrase(to: secret("another"), derivation: .recommended())
        #expect(try Vault.describe(in: folder.vault).slots.first?.derivation?.memory == 64 << 20)
    }

    @Test func `is refused for a vault that is missing or damaged`() throws {
        #expect(failure { () throws(VaultError) in _ = try Vault.describe(in: folder.vault) } == .missing)
        _ = try makeVault(folder)
        let bytes = try folder.bytes()
        for length in 0..<bytes.count {
            try folder.overwrite(Array(bytes.prefix(length)))
            #expect(failure { () throws(VaultError) in _ = try Vault.describe(in: folder.vault) } == .damaged)
        }
        try folder.overwrite(bytes)
        #expect(try Vault.describe(in: folder.vault).recordCount == 0)
    }
}
