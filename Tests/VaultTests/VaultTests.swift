import Glibc
import Posix
import SecureMemory
import Testing

@testable import Vault

@Suite struct VaultTests {
    let folder = TestFolder()

    // MARK: Records

    @Test func `what is put is there after closing and opening`() throws {
        do {
            var vault = try makeVault(folder)
            try vault.put(record(1), kind: .identity, secret("one"))
            try vault.put(record(2), kind: .setting, secret(""))
            #expect(revealed(try vault.read(record(1))) == Array("one".utf8))
        }
        #expect(try contents(folder.vault) == [record(1): Array("one".utf8), record(2): []])
    }

    @Test func `records keep their order and their kinds`() throws {
        var vault = try makeVault(folder)
        for byte in [9, 3, 5] as [UInt8] {
            try vault.put(record(byte), kind: byte == 3 ? .setting : .identity, secret("x"))
        }
        try vault.put(record(3), kind: .setting, secret("y"))
        let expected = [9, 3, 5].map { RecordInfo(id: record($0), kind: $0 == 3 ? .setting : .identity) }
        #expect(vault.records == expected)
    }

    @Test func `a record is replaced and removed for good`() throws {
        do {
            var vault = try makeVault(folder)
            try vault.put(record(1), kind: .identity, secret("old"))
            try vault.put(record(2), kind: .identity, secret("kept"))
            try vault.put(record(1), kind: .identity, secret("new"))
            #expect(revealed(try vault.read(record(1))) == Array("new".utf8))
            try vault.remove(record(1))
            #expect(failure { () throws(VaultError) in _ = try vault.read(record(1)) } == .missing)
            #expect(failure { () throws(VaultError) in try vault.remove(record(1)) } == .missing)
        }
        #expect(try contents(folder.vault) == [record(2): Array("kept".utf8)])
    }

    @Test func `fresh identifiers differ, and have sixteen bytes`() {
        #expect(RecordID.random() != RecordID.random())
        #expect(RecordID(bytes: [UInt8](repeating: 0, count: 15)) == nil)
        #expect(RecordID(bytes: [UInt8](repeating: 0, count: 17)) == nil)
    }

    @Test func `nothing that was put can be read in the file`() throws {
        var vault = try makeVault(folder)
        let text = Array("a text that is easily found".utf8)
        try vault.put(record(1), kind: .identity, secret(text))
        let file = try folder.bytes()
        #expect(!file.indices.contains { file[$0...].starts(with: text) })
    }

    // MARK: Limits

    @Test func `a record of the limit is kept, a larger one is refused`() throws {
        var vault = try makeVault(folder)
        try vault.put(record(1), kind: .identity, SecretBytes(zeros: VaultLimits.record))
        let large = SecretBytes(zeros: VaultLimits.record + 1)
        #expect(
            failure { () throws(VaultError) in try vault.put(record(2), kind: .identity, large) } == .tooLarge)
        #expect(vault.records.count == 1)
    }

    @Test func `a file beyond the limit is refused, and what is there stays`() throws {
        do {
            var vault = try makeVault(folder)
            let large = SecretBytes(zeros: VaultLimits.record)
            var error: VaultError? = nil
            var count: UInt8 = 0
            while error == nil {
                error = failure { () throws(VaultError) in try vault.put(record(count), kind: .identity, large) }
                if error == nil { count += 1 }
            }
            #expect(error == .tooLarge)
            #expect(count == VaultLimits.file / VaultLimits.record - 1)
            #expect(vault.records.count == VaultLimits.file / VaultLimits.record - 1)
        }
        #expect(try contents(folder.vault).count == VaultLimits.file / VaultLimits.record - 1)
    }

    @Test func `one record more than the limit is refused`() throws {
        var contents = VaultContents(id: randomBytes(16))
        let key = SecretBytes.random(count: 32)
        for _ in 0..<VaultLimits.records { try contents.put(secret(""), id: .random(), kind: 1, key: key) }
        #expect(
            failure { () throws(VaultError) in
                try contents.put(secret(""), id: .random(), kind: 1, key: key)
            } == .tooLarge)
        #expect(contents.encoded(key: key).count < VaultLimits.file)
    }

    // MARK: Passphrases

    @Test(arguments: ["", "open sesam", "open sesame ", "Open sesame", "\0"])
    func `another passphrase does not open`(passphrase: String) throws {
        do { _ = try makeVault(folder) }
        #expect(
            failure { () throws(VaultError) in _ = try contents(folder.vault, passphrase: passphrase) }
                == .wrongPassphrase)
        #expect(try contents(folder.vault) == [:])
    }

    @Test func `a vault can't be made with an empty passphrase`() {
        #expect(
            failure { () throws(VaultError) in
                _ = try Vault.create(in: folder.vault, passphrase: secret(""), derivation: weakest())
            } == .wrongPassphrase)
        #expect(!Vault.exists(in: folder.vault))
    }

    @Test func `after a change only the new passphrase opens, and the records are there`() throws {
        do {
            var vault = try makeVault(folder)
            try vault.put(record(1), kind: .identity, secret("one"))
            try vault.changePassphrase(to: secret("xyzzy"), derivation: weakest())
            #expect(
                failure { () throws(VaultError) in try vault.changePassphrase(to: secret(""), derivation: weakest()) }
                    == .wrongPassphrase)
            try vault.put(record(2), kind: .identity, secret("two"))
        }
        #expect(
            failure { () throws(VaultError) in _ = try contents(folder.vault) } == .wrongPassphrase)
        #expect(try contents(folder.vault, passphrase: "xyzzy").count == 2)
    }

    @Test func `after a change an old copy has no key to what is written later`() throws {
        var vault = try makeVault(folder)
        try vault.put(record(1), kind: .identity, secret("one"))
        let old = try VaultContents(decoding: folder.bytes())
        let oldKey = try old.key(passphrase: secret("open sesame"))
        try vault.changePassphrase(to: secret("xyzzy"), derivation: weakest())
        let new = try VaultContents(decoding: folder.bytes())
        #expect(failure { () throws(VaultError) in _ = try new.open(record(1), key: oldKey) } == .damaged)
        #expect(try !VaultContents.isAuthentic(folder.bytes(), key: oldKey))
        #expect(try revealed(new.open(record(1), key: new.key(passphrase: secret("xyzzy")))) == Array("one".utf8))
    }

    @Test func `the recommended parameters open too`() throws {
        do { _ = try Vault.create(in: folder.vault, passphrase: secret("open sesame")) }
        #expect(try contents(folder.vault) == [:])
    }

    // MARK: One vault in a folder, one agent in a vault

    @Test func `a vault that is not there is missing`() throws {
        #expect(!Vault.exists(in: folder.vault))
        #expect(failure { () throws(VaultError) in _ = try contents(folder.vault) } == .missing)
        try Files.makeFolder(folder.vault)
        #expect(failure { () throws(VaultError) in _ = try contents(folder.vault) } == .missing)
    }

    @Test func `a second vault is not made over the first`() throws {
        do { _ = try makeVault(folder) }
        let before = try folder.bytes()
        #expect(failure { () throws(VaultError) in _ = try makeVault(folder) } == .exists)
        #expect(try folder.bytes() == before)
    }

    @Test func `an open vault can't be opened again until it is closed`() throws {
        do {
            let vault = try makeVault(folder)
            let refused = failure { () throws(VaultError) in _ = try contents(folder.vault) }
            #expect(refused == .lockedByAnother(process: getpid()))
            #expect(vault.records == [])
        }
        #expect(try contents(folder.vault) == [:])
    }

    @Test func `another process can't open it either`() async throws {
        let vault = try makeVault(folder)
        await #expect(processExitsWith: .exitCode(7)) { [path = folder.vault as String, holder = getpid() as Int32] in
            let error = failure { () throws(VaultError) in _ = try contents(path) }
            _exit(error == .lockedByAnother(process: holder) ? 7 : 8)
        }
        #expect(vault.records == [])
    }

    @Test func `a vault crosses to another thread and back`() async throws {
        let vault = try makeVault(folder)
        let box = Box(vault)
        let count = await Task.detached { () -> Int in
            box.put(record(1))
            return box.count
        }.value
        #expect(count == 1)
        #expect(box.count == 1)
    }

    // MARK: Permissions

    @Test func `folder and file are their owner's alone`() throws {
        do { _ = try makeVault(folder) }
        var status = stat()
        for (path, mode) in [(folder.vault, 0o700), (folder.file, 0o600), (folder.vault + "/lock", 0o600)] {
            #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == mode)
        }
    }

    @Test(arguments: [0o620, 0o602, 0o666] as [mode_t]) func `a file that others can write is refused`(mode: mode_t)
        throws
    {
        do { _ = try makeVault(folder) }
        #expect(chmod(folder.file, mode) == 0)
        #expect(failure { () throws(VaultError) in _ = try contents(folder.vault) } == .unsafePermissions)
    }

    @Test(arguments: [0o720, 0o702, 0o777] as [mode_t]) func `a folder that others can write is refused`(mode: mode_t)
        throws
    {
        do { _ = try makeVault(folder) }
        #expect(chmod(folder.vault, mode) == 0)
        #expect(failure { () throws(VaultError) in _ = try contents(folder.vault) } == .unsafePermissions)
    }

    @Test func `a folder that others can write gets no vault`() throws {
        try Files.makeFolder(folder.vault)
        #expect(chmod(folder.vault, 0o777) == 0)
        #expect(failure { () throws(VaultError) in _ = try makeVault(folder) } == .unsafePermissions)
        #expect(!Vault.exists(in: folder.vault))
    }

    @Test(.enabled(if: getuid() == 0)) func `another user's file or folder is refused`() throws {
        do { _ = try makeVault(folder) }
        #expect(chown(folder.file, 65534, 65534) == 0)
        #expect(failure { () throws(VaultError) in _ = try contents(folder.vault) } == .foreignOwner)
        #expect(chown(folder.file, 0, 0) == 0)
        #expect(chown(folder.vault, 65534, 65534) == 0)
        #expect(failure { () throws(VaultError) in _ = try contents(folder.vault) } == .foreignOwner)
    }

    @Test func `a link, a pipe or a folder in the file's place is refused`() throws {
        do { _ = try makeVault(folder) }
        let aside = folder.path + "/aside"
        #expect(rename(folder.file, aside) == 0)
        #expect(symlink(aside, folder.file) == 0)
        #expect(failure { () throws(VaultError) in _ = try contents(folder.vault) } == .notPlain)
        #expect(unlink(folder.file) == 0)
        #expect(mkfifo(folder.file, 0o600) == 0)
        #expect(failure { () throws(VaultError) in _ = try contents(folder.vault) } == .notPlain)
        #expect(unlink(folder.file) == 0)
        try Files.makeFolder(folder.file)
        #expect(failure { () throws(VaultError) in _ = try contents(folder.vault) } == .notPlain)
    }
}

/// Holds a vault for a task that is not to own it.
private final class Box: @unchecked Sendable {
    private var vault: Vault

    init(_ vault: consuming Vault) { self.vault = vault }

    var count: Int { vault.records.count }
    func put(_ id: RecordID) { try? vault.put(id, kind: .setting, secret("x")) }
}
