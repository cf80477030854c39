import Glibc
import Posix

/// The folder of a vault, locked against other agents while this value lives.
struct VaultFolder: ~Copyable, Sendable {
    private let file: String
    private let lock: Descriptor

    /// The path of the vault's file.
    static func file(in folder: String) -> String { folder + "/vault" }

    /// Locks a folder that is there.
    ///
    /// - Throws: ``VaultError/missing``, ``VaultError/unsafePermissions`` or ``VaultError/lockedByAnother``.
    init(locking path: String) throws(VaultError) {
        do throws(SystemError) {
            let folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
            let isOwn = try Self.isOwn(folder, type: S_IFDIR)
            guard isOwn else { throw SystemError("open \(path)", number: ELOOP) }
            let lock = try Descriptor.open(path + "/lock", O_RDWR | O_CREAT | O_NOFOLLOW)
            let number = lock.number
            try retrying("flock \(path)/lock") { flock(number, LOCK_EX | LOCK_NB) }
            self.lock = lock
            file = Self.file(in: path)
        } catch {
            switch error.number {
            case ENOENT: throw .missing
            case EWOULDBLOCK: throw .lockedByAnother
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
        do throws(SystemError) {
            // A pipe in the file's place must not keep the agent waiting.
            let descriptor = try Descriptor.open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            guard try Self.isOwn(descriptor, type: S_IFREG) else { throw SystemError("open \(file)", number: ELOOP) }
            return try Files.read(descriptor, limit: VaultLimits.file)
        } catch {
            switch error.number {
            case ENOENT: throw .missing
            case EFBIG: throw .tooLarge
            default: throw VaultError(error)
            }
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

    /// Whether an open file is of the type, belongs to the user and can be written by nobody else.
    private static func isOwn(_ descriptor: borrowing Descriptor, type: mode_t) throws(SystemError) -> Bool {
        let number = descriptor.number
        var status = stat()
        try retrying("fstat") { unsafe fstat(number, &status) }
        return status.st_mode & S_IFMT == type && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
    }
}
