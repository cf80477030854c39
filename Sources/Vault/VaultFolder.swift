import Glibc
import Posix

/// The folder of a vault, locked against other agents while this value lives.
struct VaultFolder: ~Copyable, Sendable {
    private let file: String
    private let lock: Descriptor

    /// The path of the vault's file.
    static func file(in folder: String) -> String { folder + "/vault" }

    /// Locks a folder that is there; a link to one is followed.
    ///
    /// - Throws: ``VaultError/missing``, ``VaultError/lockedByAnother(process:)``, or what is wrong with the folder.
    init(locking path: String) throws(VaultError) {
        try Self.requireOwn(try Self.opened(path, O_DIRECTORY), type: S_IFDIR)
        let lock = try Self.openLock(path)
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw VaultError(SystemError("flock \(path)/lock")) }
            throw .lockedByAnother(process: LockHolder.process(of: lock))
        }
        self.lock = lock
        file = Self.file(in: path)
    }

    /// On a disk that nothing can be written to, the file is locked as it is, and where there is none the folder.
    private static func openLock(_ path: String) throws(VaultError) -> Descriptor {
        let file = path + "/lock"
        do throws(SystemError) { return try Descriptor.open(file, O_RDWR | O_CREAT | O_NOFOLLOW) } catch {
            guard error.number == EROFS else { throw VaultError(error) }
        }
        return try opened(Files.exists(file) ? file : path, O_NOFOLLOW)
    }

    private static func opened(_ path: String, _ flags: Int32) throws(VaultError) -> Descriptor {
        do throws(SystemError) {
            // A pipe in a file's place must not keep the agent waiting.
            return try Descriptor.open(path, O_RDONLY | O_NONBLOCK | flags)
        } catch {
            switch error.number {
            case ENOENT: throw .missing
            case ENOTDIR: throw .notPlain
            default: throw VaultError(error)
            }
        }
    }

    deinit {
        // Closing is not enough: a process that is just being started still has a copy of the descriptor.
        flock(lock.number, LOCK_UN)
    }

    /// The bytes of the vault's file.
    borrowing func read() throws(VaultError) -> [UInt8] { try Self.read(file) }

    /// The bytes of a folder's vault, which need not be locked.
    static func read(in folder: String) throws(VaultError) -> [UInt8] { try read(file(in: folder)) }

    private static func read(_ file: String) throws(VaultError) -> [UInt8] {
        let descriptor = try opened(file, O_NOFOLLOW)
        try requireOwn(descriptor, type: S_IFREG)
        do throws(SystemError) { return try Files.read(descriptor, limit: VaultLimits.file) } catch {
            throw error.number == EFBIG ? .tooLarge : VaultError(error)
        }
    }

    /// Keeps a copy of the vault's file beside it, in the place of one kept before.
    borrowing func keepFormer() throws(VaultError) {
        let bytes = try read()
        do throws(SystemError) { try Files.replace(file + ".before-restore", with: bytes) } catch {
            throw VaultError(error)
        }
    }

    /// Replaces the vault's file: durable when this returns, unchanged when it throws (``Files/replace(_:with:mode:)``).
    borrowing func replace(
        with bytes: [UInt8], before: (ReplaceStep) throws(SystemError) -> Void
    ) throws(VaultError) {
        do throws(SystemError) { try Files.replace(file, with: bytes, before: before) } catch {
            throw VaultError(error)
        }
    }

    /// Refuses an open file that is not of the type, belongs to another user or can be written by one.
    private static func requireOwn(_ descriptor: borrowing Descriptor, type: mode_t) throws(VaultError) {
        var status = stat()
        guard unsafe fstat(descriptor.number, &status) == 0 else { throw VaultError(SystemError("fstat")) }
        guard status.st_mode & S_IFMT == type else { throw .notPlain }
        guard status.st_uid == geteuid() else { throw .foreignOwner }
        guard status.st_mode & 0o022 == 0 else { throw .unsafePermissions }
    }
}
