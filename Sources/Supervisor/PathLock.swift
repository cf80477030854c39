import Glibc
import Posix

/// Decides which agent serves a path: whoever holds the lock on `PATH.lock`. Without it, two agents that find the same
/// dead socket could each remove the other's new one.
///
/// The file goes with its holder. One that a killed agent has left behind is taken over.
struct PathLock: ~Copyable {
    private let path: String
    private let file: Descriptor

    /// Takes the lock.
    ///
    /// - Throws: `EADDRINUSE` while another process holds it; `EEXIST` for something else of that name.
    init(for socket: String) throws(SystemError) {
        path = socket + ".lock"
        while true {
            let file = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK)
            let number = file.number
            guard let opened = FileIdentity(of: number), opened.isPlainAndOwn else {
                throw SystemError("open \(path)", number: EEXIST)
            }
            guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
                guard errno == EWOULDBLOCK else { throw SystemError("flock \(path)") }
                throw SystemError("bind \(socket)", number: EADDRINUSE)
            }
            // Its former holder may have removed it meanwhile: then another file is the lock.
            if FileIdentity(at: path) == opened {
                self.file = file
                return
            }
        }
    }

    /// Removes the file; the lock is given up when this value ends.
    borrowing func remove() {
        guard FileIdentity(at: path) == FileIdentity(of: file.number) else { return }
        unsafe unlink(path)
    }

    deinit {
        // Closing is not enough: a process that is just being started still has a copy of the descriptor.
        flock(file.number, LOCK_UN)
    }
}
