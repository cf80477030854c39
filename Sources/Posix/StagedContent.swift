import CLinux
import Glibc

/// The content of a plain file that has no name yet.
///
/// Where the file system can do that, the file has none at all (`O_TMPFILE`), and is gone with the program, however that
/// ends. Elsewhere it waits under a name that nobody has; then only `SIGKILL` or a power cut leaves it there.
final class StagedContent {
    private let file: Descriptor
    private let folder: String
    /// The name under which it waits; nil if it has none.
    private var waiting: PassingFile?

    /// Makes the file, empty.
    ///
    /// - Parameters:
    ///   - folder: where its name will be.
    ///   - unnamed: whether it has no name where that can be.
    init(in folder: String, mode: UInt32, unnamed: Bool = true) throws(SystemError) {
        self.folder = folder
        if unnamed, let file = Self.unnamed(folder, mode) {
            self.file = file
            return
        }
        let name = PassingFile(Self.freshName(folder))
        do throws(SystemError) {
            file = try Descriptor.open(name.path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        } catch {
            // Nothing was made: what has that name, if anything, is another program's.
            name.keep()
            throw error
        }
        waiting = name
    }

    /// Writes the whole content, which is on the disk when this returns.
    func write(_ bytes: [UInt8], mode: UInt32) throws(SystemError) {
        let number = file.number
        // The process's own umask is stricter than its caller's.
        try retrying("chmod") { fchmod(number, mode) }
        try file.writeAll(unsafe bytes.span.bytes)
        try retrying("fsync") { fsync(number) }
    }

    /// What the file holds.
    func read(limit: Int) throws(SystemError) -> [UInt8] {
        let number = file.number
        guard lseek(number, 0, SEEK_SET) == 0 else { throw SystemError("read") }
        return try Files.read(file, limit: limit)
    }

    /// Gives it its name.
    ///
    /// - Parameter replaces: whether it may take another file's place.
    /// - Returns: whether another file had that name.
    /// - Throws: `EEXIST` if it may not, and there is one.
    func name(_ target: String, replaces: Bool) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try takeFreeName(target)
            return false
        } catch {
            guard replaces, error.number == EEXIST else { throw error }
        }
        try EndingSignals.held { () throws(SystemError) in
            let name = if let waiting { waiting } else { try named() }
            try retrying("rename \(target)") { unsafe rename(name.path, target) }
            name.keep()
        }
        return true
    }

    private func takeFreeName(_ target: String) throws(SystemError) {
        guard let waiting else { return try link(target) }
        try EndingSignals.held { () throws(SystemError) in
            try Self.takeFreeName(target, waiting.path)
            waiting.keep()
        }
    }

    /// Writes a block, and takes it back: a disk that is full, or on which the user may have no more, says so.
    static func tryOut(in folder: String) throws(SystemError) {
        let content = try StagedContent(in: folder, mode: 0o600)
        try content.file.writeAll(unsafe [UInt8](repeating: 0, count: 4096).span.bytes)
    }

    /// Gives a file that has no name one by which it can take another's place.
    private func named() throws(SystemError) -> PassingFile {
        let name = PassingFile(Self.freshName(folder))
        do throws(SystemError) { try link(name.path) } catch {
            name.keep()
            throw error
        }
        return name
    }

    private func link(_ target: String) throws(SystemError) {
        let number = file.number
        try retrying("link \(target)") {
            unsafe withSystemBytes(target) {
                unsafe linkat(AT_FDCWD, Self.place(of: number), AT_FDCWD, $0, AT_SYMLINK_FOLLOW)
            }
        }
    }

    /// Where an open file is found that has no name.
    private static func place(of number: Int32) -> String { "/proc/self/fd/\(number)" }

    /// An open file without a name; nil where there can't be one, or where it could not get one later.
    private static func unnamed(_ folder: String, _ mode: UInt32) -> Descriptor? {
        guard let file = try? Descriptor.open(folder, O_RDWR | clave_o_tmpfile(), mode: mode) else { return nil }
        guard Files.exists(place(of: file.number)) else { return nil }
        return file
    }

    private static func freshName(_ folder: String) -> String {
        var generator = SystemRandomNumberGenerator()
        return folder + "/.clave-" + String(generator.next(), radix: 16)
    }

    private static func takeFreeName(_ target: String, _ waiting: String) throws(SystemError) {
        if unsafe clave_rename_new(waiting, target) == 0 { return }
        // File systems that can't refuse by themselves; those that have no second names either are asked first.
        guard errno == EINVAL || errno == ENOSYS else { throw SystemError("rename \(target)") }
        if unsafe Posix.link(waiting, target) == 0 {
            unsafe unlink(waiting)
            return
        }
        guard errno == EPERM || errno == EOPNOTSUPP else { throw SystemError("rename \(target)") }
        guard !Files.exists(target) else { throw SystemError("rename \(target)", number: EEXIST) }
        try retrying("rename \(target)") { unsafe rename(waiting, target) }
    }
}
