import CLinux
import Glibc
import Wire

/// Whole files, as the house reads and writes them.
public enum Files {
    /// All bytes of a file of at most `limit` bytes.
    ///
    /// - Throws: `EFBIG` for a larger one.
    public static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = try Descriptor.open(path, O_RDONLY)
        return try read(file, named: path, limit: limit)
    }

    /// All bytes that are left of an open file, at most `limit`.
    ///
    /// - Throws: `EFBIG` if there are more.
    public static func read(_ file: borrowing Descriptor, limit: Int) throws(SystemError) -> [UInt8] {
        try read(file, named: "\(file.number)", limit: limit)
    }

    private static func read(
        _ file: borrowing Descriptor, named name: String, limit: Int
    ) throws(SystemError) -> [UInt8] {
        let number = file.number
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = try retrying("read \(name)") { unsafe Glibc.read(number, &chunk, chunk.count) }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else { throw SystemError("read \(name)", number: EFBIG) }
            bytes += chunk[..<count]
        }
    }

    /// Replaces a file: temporary file beside it, fsync, rename, fsync of the folder.
    ///
    /// At every instant a kill leaves the old file or the new one; a leftover temporary file is replaced next time.
    /// An error before the rename leaves the old file and no temporary one. Only a failure of the last fsync leaves
    /// the new file in place, with no promise that it outlives a power cut.
    public static func replace(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
        try replace(path, with: bytes, mode: mode) { (_) throws(SystemError) in }
    }

    /// As above; `before` hears of each step before its system call, so that a test can end the process there or
    /// have the step fail.
    package static func replace(
        _ path: String, with bytes: [UInt8], mode: UInt32 = 0o600, before: (ReplaceStep) throws(SystemError) -> Void
    ) throws(SystemError) {
        try before(.openFolder)
        let folder = try Descriptor.open(parent(of: path), O_RDONLY | O_DIRECTORY)
        let temporary = path + ".new"
        do {
            try before(.clear)
            // A leftover is not written into: it could have another mode, or be a link to somewhere else.
            unsafe unlink(temporary)
            try before(.create)
            let file = try Descriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
            let number = file.number
            try before(.write)
            try file.writeAll(bytes)
            try before(.sync)
            try retrying("fsync \(temporary)") { fsync(number) }
            try before(.rename)
            try retrying("rename \(path)") { unsafe rename(temporary, path) }
        } catch {
            unsafe unlink(temporary)
            throw error
        }
        try before(.syncFolder)
        let number = folder.number
        try retrying("fsync \(parent(of: path))") { fsync(number) }
    }

    /// Makes a folder and its parents, each 0700 if it is new.
    public static func makeFolder(_ path: String) throws(SystemError) {
        if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, parent(of: path) != path else { throw SystemError("mkdir \(path)") }
        try makeFolder(parent(of: path))
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemError("mkdir \(path)") }
    }

    /// The folder part of a path. A mark that combines with the slash before it is part of the name, not of the slash.
    public static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: slash) else { return "." }
        return slash == path.startIndex ? "/" : String(decoding: path.utf8[..<slash], as: UTF8.self)
    }

    /// The last name of a path; empty if it ends with a slash.
    public static func name(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: slash) else { return path }
        return String(decoding: path.utf8[slash...].dropFirst(), as: UTF8.self)
    }

    /// Whether a path begins at the root.
    public static func isAbsolute(_ path: String) -> Bool { path.utf8.first == slash }

    private static let slash = UInt8(ascii: "/")

    /// The target of a symbolic link; nil if it can't be read.
    public static func linkTarget(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return SystemText.string(buffer[..<count].map { UInt8(bitPattern: $0) })
    }

    /// Whether anything has that name, be it a link to nothing.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// Whether it is a folder in which this user may make files.
    public static func isWritableFolder(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return false }
        return unsafe access(path, W_OK | X_OK) == 0
    }

    /// Makes a file with all of its content, or none.
    ///
    /// - Throws: also if there is something of that name.
    public static func create(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        let number = file.number
        do throws(SystemError) {
            try file.writeAll(bytes)
            try retrying("fsync \(path)") { fsync(number) }
        } catch {
            unsafe unlink(path)
            throw error
        }
    }

    /// The path without links, `.` and `..`; nil if there is no such file.
    public static func realPath(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe systemText(resolved)
    }
}

/// The steps of replacing a file, in their order.
package enum ReplaceStep: CaseIterable, Sendable {
    case openFolder, clear, create, write, sync, rename, syncFolder
}

/// A variable of the environment, its bytes as ``SystemText`` has them; nil if it is unset or empty.
public func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe systemText(value)
    return text.isEmpty ? nil : text
}

/// What C has as a text of the system's.
@unsafe public func systemText(_ text: UnsafePointer<CChar>) -> String {
    unsafe SystemText.string(UnsafeRawBufferPointer(start: text, count: Int(strlen(text))))
}
