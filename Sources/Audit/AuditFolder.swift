import Glibc
import Posix

/// Where the log lies: `audit.log` and the closed files before it, `audit.log.1`, `audit.log.2`, … in their order.
struct AuditFolder {
    let path: String

    var current: String { path + "/audit.log" }
    var lock: String { path + "/audit.lock" }

    func closed(_ number: UInt64) -> String { "\(current).\(number)" }

    /// The numbers of the closed files, ascending.
    func closedNumbers() throws(SystemError) -> [UInt64] {
        let names: [String]
        do throws(SystemError) { names = try Files.names(in: path) } catch {
            guard error.number == ENOENT else { throw error }
            return []
        }
        return names.compactMap { name in
            guard let number = UInt64(String(decoding: name.utf8.dropFirst("audit.log.".utf8.count), as: UTF8.self)),
                name.utf8.elementsEqual("audit.log.\(number)".utf8)
            else { return nil }
            return number
        }.sorted()
    }

    /// All files, the oldest first; the current one is last, if it is there.
    func files() throws(SystemError) -> [String] {
        let closed = try closedNumbers().map { self.closed($0) }
        return unsafe closed + (access(current, F_OK) == 0 ? [current] : [])
    }

    /// Waits for a writer that may be in the middle of a record.
    ///
    /// - Returns: a descriptor that the caller closes; -1 where the lock can't be had, and reading goes on without.
    func lockForReading() -> Int32 {
        guard let number = try? open(lock, O_RDONLY).release() else { return -1 }
        _ = try? retrying("flock \(lock)") { flock(number, LOCK_SH) }
        return number
    }

    /// Opens a file of the log: never through a link, never one that others can write.
    func open(_ path: String, _ flags: Int32) throws(SystemError) -> Descriptor {
        let file = try Descriptor.open(path, flags | O_NOFOLLOW | O_NONBLOCK)
        let number = file.number
        var status = stat()
        try retrying("fstat \(path)") { unsafe fstat(number, &status) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
            throw SystemError("open \(path)", number: EPERM)
        }
        return file
    }
}
