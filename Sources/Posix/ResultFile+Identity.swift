import CLinux
import Glibc

extension ResultFile {
    /// Which file a result is written to: the same for every name of it.
    public struct Identity: Hashable, Sendable {
        private let device: UInt64
        private let inode: UInt64
        /// The bytes of a plain file's name in the folder that the numbers are of; empty for what is there itself.
        private let name: [UInt8]

        init(_ status: stat, name: [UInt8] = []) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            self.name = name
        }
    }
}

/// A device or a pipe that was looked at, and is opened later by its name: whatever has come to that name meanwhile is
/// not written. A link may lead to it, so it is known by its numbers.
struct SpecialFile {
    /// As it was found.
    let status: stat

    init(_ status: stat) { self.status = status }

    /// Opens it for writing.
    ///
    /// - Throws: `EEXIST` if another file has that name now.
    func open(_ path: String) throws(SystemError) -> Descriptor {
        let file = try Descriptor.open(path, O_WRONLY | O_NOCTTY)
        var now = stat()
        let number = file.number
        try retrying("fstat \(path)") { unsafe fstat(number, &now) }
        guard now.st_dev == status.st_dev, now.st_ino == status.st_ino, now.st_mode & S_IFMT == status.st_mode & S_IFMT
        else { throw SystemError("open \(path)", number: EEXIST) }
        return file
    }
}
