import Glibc
import Posix
import SecureMemory
import Testing
import Wire

@testable import Vault

@Suite struct VaultDamageTests {
    let folder = TestFolder()

    /// A vault with two records; its file's bytes.
    private func makeFile() throws -> [UInt8] {
        do {
            var vault = try makeVault(folder)
            try vault.put(record(1), kind: .identity, secret("one"))
            try vault.put(record(2), kind: .setting, secret("two"))
        }
        return try folder.bytes()
    }

    private func openingFails() -> VaultError? {
        failure { () throws(VaultError) in _ = try contents(folder.vault) }
    }

    @Test(arguments: [0x01, 0xFF] as [UInt8]) func `a change of any byte is noticed`(mask: UInt8) throws {
        let file = try makeFile()
        for index in file.indices {
            var changed = file
            changed[index] ^= mask
            try folder.overwrite(changed)
            let error = openingFails()
            #expect(
                error == .damaged || error == .wrongPassphrase || error == .newerVersion, "byte \(index) gives \(error)"
            )
        }
        try folder.overwrite(file)
        #expect(openingFails() == nil)
    }

    @Test func `a truncation at any length is noticed`() throws {
        let file = try makeFile()
        for length in file.indices {
            try folder.overwrite(Array(file[..<length]))
            #expect(openingFails() == .damaged, "length \(length)")
        }
    }

    @Test func `bytes at the end are noticed`() throws {
        let file = try makeFile()
        try folder.overwrite(file + [0])
        #expect(openingFails() == .damaged)
    }

    @Test func `a file beyond the limit is not read`() throws {
        _ = try makeFile()
        try folder.overwrite([UInt8](repeating: 0, count: VaultLimits.file + 1))
        #expect(openingFails() == .tooLarge)
    }

    @Test(arguments: [2, 3, 0xFFFF_FFFF] as [UInt32]) func `a later version is named as such`(version: UInt32) throws {
        let file = try makeFile()
        let start = 4 + "clave-vault".utf8.count
        try folder.overwrite(
            file[..<start] + withUnsafeBytes(of: version.bigEndian, Array.init) + file[(start + 4)...])
        #expect(openingFails() == .newerVersion)
    }

    @Test func `version 0 never was`() throws {
        var file = try makeFile()
        file[4 + "clave-vault".utf8.count + 3] = 0
        try folder.overwrite(file)
        #expect(openingFails() == .damaged)
    }

    // MARK: What a thief without the key could try

    /// The file with its contents changed by `change`, and the tag that it had.
    private func tampered(_ file: [UInt8], _ change: (inout VaultContents) throws -> Void) throws -> [UInt8] {
        var contents = try VaultContents(decoding: file)
        try change(&contents)
        let encoded = contents.encoded(key: SecretBytes.random(count: 32))
        return encoded.dropLast(32) + file.suffix(32)
    }

    @Test func `a record can't be dropped`() throws {
        try folder.overwrite(tampered(makeFile()) { try $0.remove(record(1)) })
        #expect(openingFails() == .damaged)
    }

    @Test func `a slot can't be added`() throws {
        try folder.overwrite(tampered(makeFile()) { $0.slots.append(Slot(kind: 9, body: [1])) })
        #expect(openingFails() == .damaged)
    }

    @Test func `records can't be taken from an older file`() throws {
        let old = try makeFile()
        do {
            var vault = try Vault.open(in: folder.vault, passphrase: secret("open sesame"))
            try vault.put(record(1), kind: .identity, secret("newer"))
        }
        let new = try folder.bytes()
        #expect(old.count == new.count - 2)
        try folder.overwrite(old.dropLast(32) + new.suffix(32))
        #expect(openingFails() == .damaged)
    }

    @Test func `even with the tag's key, a record can't stand in another's place, kind or vault`() throws {
        let vaultKey = SecretBytes.random(count: 32)
        var contents = VaultContents(id: [UInt8](repeating: 1, count: 16))
        try contents.put(secret("one"), id: record(1), kind: 1, key: vaultKey)
        let key = derivedKey(named: "clave-vault records", from: vaultKey)
        let sealed = contents.records[0]
        for (id, kind, vault) in [(2, 1, 1), (1, 2, 1), (1, 1, 2)] as [(UInt8, UInt32, UInt8)] {
            var writer = ByteWriter()
            writer.put(record(id).bytes)
            writer.put(kind)
            writer.put(sealed.sealed)
            let moved = try WireReader.read(writer.bytes) { (reader) throws(WireError) in
                try SealedRecord(decoding: &reader)
            }
            let isOpen = moved.open(vault: [UInt8](repeating: vault, count: 16), key: key) != nil
            #expect(!isOpen)
        }
        let isOpen = sealed.open(vault: [UInt8](repeating: 1, count: 16), key: key) != nil
        #expect(isOpen)
    }

    @Test func `a slot's parameters can't ask for the whole machine`() {
        for (operations, memory) in [(65, 8192), (1, 3 << 30), (0, 8192), (1, 0)] as [(UInt64, UInt64)] {
            var writer = ByteWriter()
            writer.put(operations)
            writer.put(memory)
            writer.put([UInt8](repeating: 0, count: 16))
            writer.put([UInt8](repeating: 0, count: 72))
            #expect(throws: WireError.malformed) { try PassphraseSlot(body: writer.bytes) }
        }
    }

    // MARK: What later versions may add

    @Test func `slots and records of unknown kinds are kept as they are, and not listed`() throws {
        let key = SecretBytes.random(count: 32)
        var made = VaultContents(id: randomBytes(16))
        try made.setPassphrase(secret("open sesame"), derivation: weakest(), key: key)
        made.slots.append(Slot(kind: 9, body: [1, 2, 3]))
        try made.put(secret("later"), id: record(7), kind: 1000, key: key)
        try Files.makeFolder(folder.vault)
        try Files.replace(folder.file, with: made.encoded(key: key))
        do {
            var vault = try Vault.open(in: folder.vault, passphrase: secret("open sesame"))
            #expect(vault.records == [])
            try vault.put(record(1), kind: .identity, secret("one"))
            try vault.changePassphrase(to: secret("xyzzy"), derivation: weakest())
        }
        let kept = try VaultContents(decoding: folder.bytes())
        #expect(kept.slots.map(\.kind) == [1, 9])
        #expect(kept.slots[1].body == [1, 2, 3])
        #expect(kept.records.map(\.kind) == [1000, 1])
        #expect(kept.records[0] == made.records[0])
    }

    @Test func `a vault without a passphrase slot opens with no passphrase`() throws {
        let key = SecretBytes.random(count: 32)
        var made = VaultContents(id: randomBytes(16))
        try Files.makeFolder(folder.vault)
        try Files.replace(folder.file, with: made.encoded(key: key))
        #expect(openingFails() == .wrongPassphrase)
        made.slots = [Slot(kind: 2, body: [])]
        try Files.replace(folder.file, with: made.encoded(key: key))
        #expect(openingFails() == .wrongPassphrase)
    }
}
