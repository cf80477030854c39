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
        guard let folder = unsafe opendir(path) else {
            if errno == ENOENT { return [] }
            throw SystemError("opendir \(path)")
        }
        defer { unsafe closedir(folder) }
        var numbers: [UInt64] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            guard name.hasPrefix("audit.log."), let number = UInt64(name.dropFirst(10)),
                name == "audit.log.\(number)"
            else { continue }
            numbers.append(number)
        }
        return numbers.sorted()
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
