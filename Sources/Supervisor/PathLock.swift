import CLinux
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

/// Which file a name stands for: names may be given to others.
struct FileIdentity: Equatable {
    private let device: UInt
    private let number: UInt
    private let mode: mode_t
    private let owner: uid_t

    /// The file of that name, be it a link; nil if there is none.
    init?(at path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// An open file.
    init?(of descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = UInt(status.st_dev)
        number = UInt(status.st_ino)
        mode = status.st_mode & S_IFMT
        owner = status.st_uid
    }

    /// Whether it is this user's own plain file.
    var isPlainAndOwn: Bool { mode == S_IFREG && owner == geteuid() }
}
