import Foundation
import Glibc
import Posix
import SecureMemory
import TestSupport
import Testing

@testable import Vault

/// Rule of the house: at every instant a kill, or a full disk, leaves the old state or the new one.
@Suite struct VaultWriteTests {
    let folder = TestFolder()

    private static let old: [RecordID: [UInt8]] = [record(1): Array("old".utf8)]
    private static let new: [RecordID: [UInt8]] = [record(1): Array("new".utf8)]

    private func makeOld() throws {
        var vault = try makeVault(folder)
        try vault.put(record(1), kind: .identity, secret("old"))
    }

    // MARK: Killed

    @Test(arguments: ReplaceStep.allCases.indices) func `a kill at any step leaves the old state or the new`(
        index: Int
    ) async throws {
        try makeOld()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.vault as String, index = index as Int] in
            var vault = try Vault.open(in: path, passphrase: secret("open sesame"))
            try vault.put(record(1), kind: .identity, secret("new")) { (step) throws(SystemError) in
                if step == ReplaceStep.allCases[index] { kill(getpid(), SIGKILL) }
            }
        }
        let isRenamed = ReplaceStep.allCases[index] == .syncFolder
        #expect(try contents(folder.vault) == (isRenamed ? Self.new : Self.old))
        try putNewAgain()
    }

    @Test(arguments: [0, 1, 100, 250]) func `a kill in the middle of writing leaves the old state`(count: Int) throws {
        try makeOld()
        // What a kill inside `write` leaves: the beginning of the new file, beside the old one.
        try Data(try folder.bytes().prefix(count)).write(to: URL(fileURLWithPath: folder.file + ".new"))
        #expect(try contents(folder.vault) == Self.old)
        try putNewAgain()
    }

    @Test(arguments: ReplaceStep.allCases.indices) func `a kill while a vault is made leaves none, or an empty one`(
        index: Int
    ) async throws {
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.vault as String, index = index as Int] in
            _ = try Vault.create(in: path, passphrase: secret("open sesame"), derivation: weakest()) {
                (step) throws(SystemError) in
                if step == ReplaceStep.allCases[index] { kill(getpid(), SIGKILL) }
            }
        }
        if Vault.exists(in: folder.vault) {
            #expect(ReplaceStep.allCases[index] == .syncFolder)
        } else {
            _ = try makeVault(folder)
        }
        #expect(try contents(folder.vault) == [:])
    }

    @Test(arguments: ReplaceStep.allCases.indices)
    func `a kill while the passphrase is changed leaves the old one or the new one`(index: Int) async throws {
        try makeOld()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.vault as String, index = index as Int] in
            var vault = try Vault.open(in: path, passphrase: secret("open sesame"))
            try vault.changePassphrase(to: secret("xyzzy"), derivation: weakest()) { (step) throws(SystemError) in
                if step == ReplaceStep.allCases[index] { kill(getpid(), SIGKILL) }
            }
        }
        let isRenamed = ReplaceStep.allCases[index] == .syncFolder
        let (right, wrong) = isRenamed ? ("xyzzy", "open sesame") : ("open sesame", "xyzzy")
        #expect(try contents(folder.vault, passphrase: right) == Self.old)
        #expect(
            failure { () throws(VaultError) in _ = try contents(folder.vault, passphrase: wrong) } == .wrongPassphrase)
    }

    @Test(arguments: ReplaceStep.allCases) func `a passphrase that could not be written is not the vault's`(
        failing: ReplaceStep
    ) throws {
        try makeOld()
        do {
            var vault = try Vault.open(in: folder.vault, passphrase: secret("open sesame"))
            let isFailed =
                failure { () throws(VaultError) in
                    try vault.changePassphrase(to: secret("xyzzy"), derivation: weakest()) {
                        (step) throws(SystemError) in
                        if step == failing { throw SystemError("test", number: ENOSPC) }
                    }
                } == .noSpace
            #expect(isFailed)
            // Whatever the disk holds now, the next write goes on from it.
            try vault.put(record(1), kind: .identity, secret("new"))
        }
        let right = failing == .syncFolder ? "xyzzy" : "open sesame"
        #expect(try contents(folder.vault, passphrase: right) == Self.new)
    }

    /// The next write works, and leaves nothing beside the file and its lock.
    private func putNewAgain() throws {
        do {
            var vault = try Vault.open(in: folder.vault, passphrase: secret("open sesame"))
            try vault.put(record(1), kind: .identity, secret("new"))
        }
        #expect(try contents(folder.vault) == Self.new)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.vault).sorted() == ["lock", "vault"])
    }

    // MARK: Failed

    @Test(arguments: ReplaceStep.allCases, [ENOSPC, EDQUOT, EIO])
    func `after a failed step memory says what the disk says`(
        failing: ReplaceStep, number: Int32
    ) throws {
        let expected = failing == .syncFolder ? Self.new : Self.old
        do {
            try makeOld()
            var vault = try Vault.open(in: folder.vault, passphrase: secret("open sesame"))
            let error = failure { () throws(VaultError) in
                try vault.put(record(1), kind: .identity, secret("new")) { (step) throws(SystemError) in
                    if step == failing { throw SystemError("test", number: number) }
                }
            }
            #expect(error == (number == EIO ? .system(SystemError("test", number: EIO)) : .noSpace))
            #expect(revealed(try vault.read(record(1))) == expected[record(1)])
        }
        #expect(try contents(folder.vault) == expected)
        try putNewAgain()
    }

    @Test(.enabled(if: getuid() == 0, "only root can mount a small disk"))
    func `a full disk says so, keeps the old state, and works again when there is room`() throws {
        let disk = try mountDisk("size=64k,mode=0700")
        defer { _ = run("/bin/umount", disk) }
        let path = disk + "/vault"
        do {
            var vault = try Vault.create(in: path, passphrase: secret("open sesame"), derivation: weakest())
            try vault.put(record(1), kind: .identity, secret("old"))
            let large = SecretBytes(zeros: VaultLimits.record)
            #expect(failure { () throws(VaultError) in try vault.put(record(2), kind: .identity, large) } == .noSpace)
            #expect(revealed(try vault.read(record(1))) == Array("old".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["lock", "vault"])
        }
        #expect(try contents(path) == Self.old)
        do {
            var vault = try Vault.open(in: path, passphrase: secret("open sesame"))
            try vault.put(record(1), kind: .identity, secret("new"))
        }
        #expect(try contents(path) == Self.new)
    }

    @Test(.enabled(if: getuid() == 0, "only root can mount a disk"), arguments: [true, false])
    func `on a disk that nothing can be written to it opens, and a change is an error`(hasLockFile: Bool) throws {
        let disk = try mountDisk("mode=0700")
        defer { _ = run("/bin/umount", disk) }
        let path = disk + "/vault"
        do {
            var vault = try Vault.create(in: path, passphrase: secret("open sesame"), derivation: weakest())
            try vault.put(record(1), kind: .identity, secret("old"))
        }
        if !hasLockFile { unlink(path + "/lock") }
        try #require(run("/bin/mount", "-o", "remount,ro", disk))
        var vault = try Vault.open(in: path, passphrase: secret("open sesame"))
        #expect(revealed(try vault.read(record(1))) == Array("old".utf8))
        #expect(failure { () throws(VaultError) in _ = try contents(path) } == .lockedByAnother(process: getpid()))
        let error = failure { () throws(VaultError) in try vault.remove(record(1)) }
        guard case .system(let system) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(system.number == EROFS)
        #expect(revealed(try vault.read(record(1))) == Array("old".utf8))
    }

    @Test func `a limit on file sizes is an error, and keeps the old state`() async throws {
        try makeOld()
        await #expect(processExitsWith: .exitCode(0)) { [path = folder.vault as String] in
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 100, rlim_max: 100)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            var vault = try Vault.open(in: path, passphrase: secret("open sesame"))
            let error = failure { () throws(VaultError) in
                try vault.put(record(1), kind: .identity, secret("new"))
            }
            _exit(error == .system(SystemError("write", number: EFBIG)) ? 0 : 2)
        }
        #expect(try contents(folder.vault) == Self.old)
        try putNewAgain()
    }

    /// A disk in memory, which the caller unmounts.
    private func mountDisk(_ options: String) throws -> String {
        let disk = folder.path + "/disk"
        try Files.makeFolder(disk)
        try #require(run("/bin/mount", "-t", "tmpfs", "-o", options, "none", disk))
        return disk
    }

    private func run(_ program: String, _ arguments: String...) -> Bool {
        runProgram(program, arguments, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]).code == 0
    }
}
