import CLinux
import Glibc
import Posix

/// What the kernel keeps of files by heart.
///
/// A client chooses the file system from which its program comes, on which its root folder lies and its descriptors lead:
/// one of its own (FUSE) may never answer, and a server's may be gone. So the loop never has one asked. What the kernel does
/// not keep counts as not told.
enum KeptFacts {
    /// Of the file behind a link of `/proc`'s, to which the kernel goes without a look at any folder.
    static func behind(_ link: String) -> stat? { told(AT_FDCWD, link) }

    /// Of an open file.
    static func of(_ file: borrowing Descriptor) -> stat? { told(file.number, "") }

    /// What a path leads to.
    enum Target {
        case file(stat)
        /// To nothing.
        case none
        /// A file system would have to be asked.
        case untold
    }

    /// Where an absolute path leads for this process, links followed.
    static func at(_ path: String) -> Target { found(AT_FDCWD, path, followingLinks: true) }

    /// Where a path below a folder leads, if no link is on it.
    static func at(_ path: String, below folder: borrowing Descriptor) -> Target {
        found(folder.number, path, followingLinks: false)
    }

    private static func found(_ folder: Int32, _ path: String, followingLinks: Bool) -> Target {
        // Something may have been renamed meanwhile, anywhere on the machine: that is told as if a file system were asked.
        for _ in 0..<3 {
            var number = unsafe clave_open_known(folder, path, followingLinks ? 1 : 0)
            // Before Linux 5.12, and where a container's filter forbids the call, the path is walked like any other, and a
            // file system that does not answer is waited for.
            if number < 0, [EINVAL, ENOSYS, EPERM].contains(errno) {
                number = unsafe openat(folder, path, clave_o_path() | O_CLOEXEC | (followingLinks ? 0 : O_NOFOLLOW))
            }
            if number >= 0 {
                let facts = of(Descriptor(owning: number))
                return facts.map { .file($0) } ?? .untold
            }
            if errno == EAGAIN { continue }
            return [ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG].contains(errno) ? .none : .untold
        }
        return .untold
    }

    private static func told(_ descriptor: Int32, _ path: String) -> stat? {
        var facts = stat()
        return unsafe clave_kept_facts(descriptor, path, &facts) == 0 ? facts : nil
    }
}

extension stat {
    /// Whether two say the same file.
    func isSameFile(as other: stat) -> Bool { st_dev == other.st_dev && st_ino == other.st_ino }
}
