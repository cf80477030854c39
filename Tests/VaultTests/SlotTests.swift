import Glibc
import Posix
import SecureMemory
import Testing
import Wire

@testable import Vault

@Suite struct `A vault's slots` {
    private let folder = TestFolder()

    /// What the vault holds, opened by the keyring.
    private func opened(by keyring: borrowing KeyringKey) throws(VaultError) -> [RecordID: [UInt8]] {
        let vault = try Vault.open(in: folder.vault, keyring: keyring)
        var found: [RecordID: [UInt8]] = [:]
        for info in vault.records { found[info.id] = revealed(try vault.read(info.id)) }
        return found
    }

    /// A vault with a record and a slot of this key's.
    private func makeFile(with keyring: borrowing KeyringKey) throws(VaultError) {
        var vault = try makeVault(folder)
        try vault.put(record(1), kind: .identity, secret("one"))
        try vault.setKeyring(keyring)
    }

    private let held = [record(1): Array("one".utf8)]

    // MARK: The keyring's

    @Test func `let the keyring's key and the passphrase open the vault`() throws {
        let keyring = KeyringKey.random()
        try makeFile(with: keyring)
        #expect(try opened(by: keyring) == held)
        #expect(try contents(folder.vault) == held)
        let found = try Vault.describe(in: folder.vault)
        #expect(found.slots.map(\.kind) == [1, 2])
        #expect(found.slots.map(\.keyring) == [nil, keyring.id])
        #expect(found.slots[1].derivation == nil)
    }

    @Test func `open by no other key, and by no other name`() throws {
        let keyring = KeyringKey.random()
        try makeFile(with: keyring)
        let other = KeyringKey(id: keyring.id, key: .random(count: 32))
        #expect(failure { () throws(VaultError) in _ = try opened(by: other) } == .wrongPassphrase)
        let named = KeyringKey(id: .random(), key: keyring.key.copy())
        #expect(failure { () throws(VaultError) in _ = try opened(by: named) } == .wrongPassphrase)
        let short = KeyringKey(id: keyring.id, key: SecretBytes(zeros: 0))
        #expect(failure { () throws(VaultError) in _ = try opened(by: short) } == .wrongPassphrase)
    }

    @Test func `are one of the keyring's at most: a new one takes the place of the former`() throws {
        let first = KeyringKey.random()
        let second = KeyringKey.random()
        try makeFile(with: first)
        do {
            var vault = try Vault.open(in: folder.vault, keyring: first)
            try vault.setKeyring(second)
        }
        #expect(failure { () throws(VaultError) in _ = try opened(by: first) } == .wrongPassphrase)
        #expect(try opened(by: second) == held)
        #expect(try Vault.describe(in: folder.vault).slots.count == 2)
    }

    @Test func `are removed, but never the last for a passphrase`() throws {
        let keyring = KeyringKey.random()
        try makeFile(with: keyring)
        do {
            var vault = try Vault.open(in: folder.vault, keyring: keyring)
            #expect(failure { () throws(VaultError) in try vault.removeSlots(ofKind: 1) } == .lastSlot)
            try vault.removeKeyring()
            #expect(failure { () throws(VaultError) in try vault.removeSlots(ofKind: 1) } == .lastSlot)
        }
        #expect(failure { () throws(VaultError) in _ = try opened(by: keyring) } == .wrongPassphrase)
        #expect(try contents(folder.vault) == held)
        #expect(try Vault.describe(in: folder.vault).slots.map(\.kind) == [1])
    }

    @Test func `of one vault can't stand in another, nor under another name`() throws {
        let keyring = KeyringKey.random()
        let key = SecretBytes.random(count: 32)
        let slot = KeyringSlot(wrapping: key, under: keyring, vault: [UInt8](repeating: 1, count: 16))
        let elsewhere = slot.key(under: keyring.key, vault: [UInt8](repeating: 2, count: 16)) == nil
        #expect(elsewhere)
        let renamed = try KeyringSlot(
            body: Array(slot.slot.body.prefix(4)) + SlotID.random().bytes + slot.slot.body.dropFirst(20))
        let isOpen = renamed.key(under: keyring.key, vault: [UInt8](repeating: 1, count: 16)) != nil
        #expect(!isOpen)
    }

    // MARK: Another vault key

    @Test func `are made anew with the passphrase, and none wraps a former key`() throws {
        let first = KeyringKey.random()
        let second = KeyringKey.random()
        try makeFile(with: first)
        let before = try VaultContents(decoding: folder.bytes())
        do {
            var vault = try Vault.open(in: folder.vault, keyring: first)
            try vault.changePassphrase(to: secret("xyzzy"), derivation: weakest(), keyring: second.copy())
        }
        #expect(try opened(by: second) == held)
        #expect(try contents(folder.vault, passphrase: "xyzzy") == held)
        #expect(failure { () throws(VaultError) in _ = try opened(by: first) } == .wrongPassphrase)
        let after = try VaultContents(decoding: folder.bytes())
        let isAnother = revealed(try before.key(keyring: first)) != revealed(try after.key(keyring: second))
        #expect(isAnother)
    }

    @Test func `lose the keyring's when it holds no new key`() throws {
        let keyring = KeyringKey.random()
        try makeFile(with: keyring)
        do {
            var vault = try Vault.open(in: folder.vault, keyring: keyring)
            try vault.changeKey(passphrase: secret("open sesame"), derivation: weakest())
        }
        #expect(failure { () throws(VaultError) in _ = try opened(by: keyring) } == .wrongPassphrase)
        #expect(try contents(folder.vault) == held)
    }

    @Test func `of a later version keep the key from being changed, and are kept`() throws {
        let keyring = KeyringKey.random()
        let key = SecretBytes.random(count: 32)
        var made = VaultContents(id: randomBytes(16))
        try made.setPassphrase(secret("open sesame"), derivation: weakest(), key: key)
        made.slots.append(Slot(kind: 9, body: [1]))
        try made.setKeyring(keyring, key: key)
        try Files.makeFolder(folder.vault)
        try Files.replace(folder.file, with: made.encoded(key: key))
        var vault = try Vault.open(in: folder.vault, keyring: keyring)
        let refused = failure { () throws(VaultError) in
            try vault.changeKey(passphrase: secret("open sesame"), derivation: weakest())
        }
        #expect(refused == .unknownSlot)
        try vault.changePassphrase(to: secret("xyzzy"), derivation: weakest(), keyring: keyring.copy())
        #expect(try VaultContents(decoding: folder.bytes()).slots.map(\.kind) == [1, 9, 2])
    }

    @Test(arguments: ReplaceStep.allCases.indices)
    func `all open the vault when a change of the passphrase is killed at any step`(index: Int) async throws {
        let first = KeyringKey.random()
        let second = KeyringKey.random()
        try makeFile(with: first)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [
                path = folder.vault as String, index = index as Int, id = second.id.bytes as [UInt8],
                key = revealed(second.key) as [UInt8]
            ] in
            var vault = try Vault.open(in: path, passphrase: secret("open sesame"))
            let keyring = KeyringKey(id: SlotID(bytes: id)!, key: secret(key))
            try vault.changePassphrase(to: secret("xyzzy"), derivation: weakest(), keyring: keyring.copy()) {
                (step) throws(SystemError) in
                if step == ReplaceStep.allCases[index] { kill(getpid(), SIGKILL) }
            }
        }
        let isRenamed = ReplaceStep.allCases[index] == .syncFolder
        #expect(try contents(folder.vault, passphrase: isRenamed ? "xyzzy" : "open sesame") == held)
        let found = try isRenamed ? opened(by: second) : opened(by: first)
        #expect(found == held)
        #expect(try Vault.describe(in: folder.vault).slots.count == 2)
    }

    // MARK: Parameters

    @Test func `get other parameters under the same passphrase and the same key`() throws {
        let keyring = KeyringKey.random()
        try makeFile(with: keyring)
        do {
            var vault = try Vault.open(in: folder.vault, passphrase: secret("open sesame"))
            let stronger = KeyDerivation(operations: 2, memory: 16384, salt: randomBytes(16))!
            try vault.setDerivation(stronger, passphrase: secret("open sesame"))
        }
        #expect(try Vault.describe(in: folder.vault).slots[0].derivation?.memory == 16384)
        #expect(try contents(folder.vault) == held)
        #expect(try opened(by: keyring) == held)
    }

    // MARK: Damage

    @Test func `of the keyring's, with any bit flipped or cut short, open nothing`() throws {
        let keyring = KeyringKey.random()
        let key = SecretBytes.random(count: 32)
        var made = VaultContents(id: randomBytes(16))
        try made.setKeyring(keyring, key: key)
        let body = made.slots[0].body
        func opens(_ body: [UInt8]) -> Bool {
            made.slots = [Slot(kind: 2, body: body)]
            return failure { () throws(VaultError) in _ = try made.key(keyring: keyring) } == nil
        }
        for index in body.indices {
            for bit in 0..<8 {
                var changed = body
                changed[index] ^= 1 << UInt8(bit)
                #expect(!opens(changed), "byte \(index)")
            }
            #expect(!opens(Array(body[..<index])), "length \(index)")
        }
        #expect(!opens(body + [0]))
        #expect(opens(body))
    }

    @Test func `of any kind, changed anywhere in the file, are noticed by who opens by the keyring`() throws {
        let keyring = KeyringKey.random()
        try makeFile(with: keyring)
        let file = try folder.bytes()
        for index in file.indices {
            var changed = file
            changed[index] ^= 0x10
            try folder.overwrite(changed)
            let error = failure { () throws(VaultError) in _ = try opened(by: keyring) }
            #expect([.damaged, .wrongPassphrase, .newerVersion].contains(error), "byte \(index)")
            try folder.overwrite(Array(file[..<index]))
            #expect(failure { () throws(VaultError) in _ = try opened(by: keyring) } == .damaged)
        }
    }
}
