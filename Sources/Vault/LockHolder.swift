import Glibc
import Posix

/// Who holds a lock of flock(2), as the kernel lists it (proc_locks(5)).
enum LockHolder {
    /// Bytes of the list that are looked at.
    private static let maximumLength = 1 << 20

    /// The agent's process: the holder, or its parent where the holder is an agent's core.
    ///
    /// - Returns: nil if the kernel does not tell, as of a process in another container.
    static func process(of lock: borrowing Descriptor) -> Int32? {
        var status = stat()
        guard unsafe fstat(lock.number, &status) == 0, let list = try? Files.read("/proc/locks", limit: maximumLength)
        else { return nil }
        let inode = "\(status.st_ino)"
        for line in String(decoding: list, as: UTF8.self).split(separator: "\n") {
            // 1: FLOCK ADVISORY WRITE 1234 fe:01:393258 0 EOF
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] == "FLOCK", words[5].split(separator: ":").last.map(String.init) == inode,
                let process = Int32(words[4]), process > 1
            else { continue }
            return supervisor(of: process) ?? process
        }
        return nil
    }

    private static func supervisor(of process: Int32) -> Int32? {
        guard let facts = try? Files.read("/proc/\(process)/status", limit: 65536) else { return nil }
        let line = String(decoding: facts, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("PPid:") }
        guard let parent = line.flatMap({ $0.split(separator: "\t").last }).flatMap({ Int32($0) }),
            let name = try? Files.read("/proc/\(parent)/comm", limit: 64),
            String(decoding: name, as: UTF8.self) == "clave-agent\n"
        else { return nil }
        return parent
    }
}
