import CLinux
import Glibc

/// Whole files, as the house reads and writes them.
public enum Files {
    /// All bytes of a file of at most `limit` bytes.
    ///
    /// - Throws: `EFBIG` for a larger one.
    public static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = try Descriptor.open(path, O_RDONLY)
        let number = file.number
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = try retrying("read \(path)") { unsafe Glibc.read(number, &chunk, chunk.count) }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else { throw SystemError("read \(path)", number: EFBIG) }
            bytes += chunk[..<count]
        }
    }

    /// Replaces a file: temporary file beside it, fsync, rename, fsync of the folder.
    ///
    /// At every instant a kill leaves the old file or the new one; a leftover temporary file is replaced next time.
    public static func replace(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
        let temporary = path + ".new"
        do {
            let file = try Descriptor.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode)
            let number = file.number
            try file.writeAll(bytes)
            try retrying("fsync \(temporary)") { fsync(number) }
        } catch {
            unsafe unlink(temporary)
            throw error
        }
        try retrying("rename \(path)") { unsafe rename(temporary, path) }
        let folder = try Descriptor.open(parent(of: path), O_RDONLY | O_DIRECTORY)
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

    /// The folder part of a path.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The target of a symbolic link; nil if it can't be read.
    public static func linkTarget(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The folder of the running program.
    public static var programFolder: String {
        parent(of: linkTarget("/proc/self/exe") ?? ".")
    }
}

/// A variable of the environment; nil if it is unset or empty.
public func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
}
