import CLinux
import Glibc

/// Who holds a lock of flock(2), as the kernel lists it (proc_locks(5)).
public enum LockHolder {
    /// Bytes of the list that are looked at.
    private static let maximumLength = 1 << 20

    /// The agent's process: the holder, or its parent where the holder is an agent's core.
    ///
    /// - Returns: nil if the kernel does not tell, as of a process in another container.
    public static func process(of lock: borrowing Descriptor) -> Int32? {
        var status = stat()
        guard unsafe fstat(lock.number, &status) == 0, let list = try? Files.read("/proc/locks", limit: maximumLength)
        else { return nil }
        // Where a file system has several devices, as Btrfs, the list has another one than the file: then nobody is named.
        let file =
            [clave_major(status.st_dev), clave_minor(status.st_dev)].map { hexadecimal($0) } + ["\(status.st_ino)"]
        for line in String(decoding: list, as: UTF8.self).split(separator: "\n") {
            // 1: FLOCK ADVISORY WRITE 1234 fe:01:393258 0 EOF
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] == "FLOCK", words[5] == file.joined(separator: ":"),
                let process = Int32(words[4]), process > 1
            else { continue }
            return supervisor(of: process) ?? process
        }
        return nil
    }

    /// As the list writes a device's number: two digits at least.
    private static func hexadecimal(_ number: UInt32) -> String {
        let digits = String(number, radix: 16)
        return digits.count < 2 ? "0" + digits : digits
    }

    private static func supervisor(of process: Int32) -> Int32? {
        guard let parent = ProcessStatus(of: process)?.parent, ProcessStatus.name(of: parent) == "clave-agent" else {
            return nil
        }
        return parent
    }
}
