import Foundation
import Glibc
import Posix
import SecureMemory
import Testing

@testable import Vault

@Suite struct `A backup` {
    private let folder = TestFolder()
    private let held = [record(1): Array("one".utf8)]

    /// The file of a vault with a record and a slot of the keyring's.
    private func makeFile() throws -> [UInt8] {
        do {
            var vault = try makeVault(folder)
            try vault.put(record(1), kind: .identity, secret("one"))
            try vault.setKeyring(KeyringKey.random())
        }
        return try folder.bytes()
    }

    private func backup(_ file: [UInt8], _ passphrase: String = "open sesame") throws(VaultError) -> VaultBackup {
        try VaultBackup(opening: file, passphrase: secret(passphrase))
    }

    @Test func `opens by its passphrase, and is restored where there is no vault`() throws {
        let file = try makeFile()
        let other = TestFolder()
        do {
            let opened = try backup(file)
            #expect(opened.recordCount == 1)
            let vault = try Vault.restore(opened, in: other.vault)
            #expect(revealed(try vault.read(record(1))) == Array("one".utf8))
        }
        #expect(try contents(other.vault) == held)
        #expect(try Vault.describe(in: other.vault).slots.map(\.kind) == [1])
        #expect(try FileManager.default.contentsOfDirectory(atPath: other.vault).sorted() == ["lock", "vault"])
    }

    @Test(arguments: [true, false]) func `takes the place of a vault, which is kept beside it`(isOpen: Bool) throws {
        let file = try makeFile()
        let other = TestFolder()
        do {
            var vault = try Vault.create(in: other.vault, passphrase: secret("xyzzy"), derivation: weakest())
            try vault.put(record(2), kind: .setting, secret("two"))
            if isOpen { try vault.restore(try backup(file)) }
        }
        let former = try other.bytes()
        if !isOpen { _ = try Vault.restore(try backup(file), in: other.vault) }
        #expect(try contents(other.vault) == held)
        let kept = Array(try Data(contentsOf: URL(filePath: Vault.former(in: other.vault))))
        if !isOpen { #expect(kept == former) }
        try other.overwrite(kept)
        #expect(try contents(other.vault, passphrase: "xyzzy") == [record(2): Array("two".utf8)])
    }

    @Test func `is not restored over a vault that somebody has open`() throws {
        let file = try makeFile()
        let other = TestFolder()
        let vault = try Vault.create(in: other.vault, passphrase: secret("xyzzy"), derivation: weakest())
        #expect(
            failure { () throws(VaultError) in _ = try Vault.restore(try backup(file), in: other.vault) }
                == .lockedByAnother(process: getpid()))
        #expect(vault.records.isEmpty)
    }

    @Test func `changed anywhere, cut short or with another passphrase opens nothing`() throws {
        let file = try makeFile()
        #expect(failure { () throws(VaultError) in _ = try backup(file, "xyzzy") } == .wrongPassphrase)
        #expect(failure { () throws(VaultError) in _ = try backup(file, "") } == .wrongPassphrase)
        for index in file.indices {
            var changed = file
            changed[index] ^= 1
            let error = failure { () throws(VaultError) in _ = try backup(changed) }
            #expect([.damaged, .wrongPassphrase, .newerVersion].contains(error), "byte \(index)")
            #expect(failure { () throws(VaultError) in _ = try backup(Array(file[..<index])) } == .damaged)
        }
        #expect(
            failure { () throws(VaultError) in try VaultBackup.check([UInt8](repeating: 0, count: VaultLimits.file + 1))
            } == .tooLarge)
    }

    @Test func `keeps the vault as it was if it can't be written`() throws {
        let file = try makeFile()
        let other = TestFolder()
        try Files.makeFolder(other.vault + "/vault.new/x")
        #expect(failure { () throws(VaultError) in _ = try Vault.restore(try backup(file), in: other.vault) } != nil)
        #expect(!Vault.exists(in: other.vault))
    }
}
