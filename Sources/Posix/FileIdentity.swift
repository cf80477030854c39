import CLinux
import Glibc

/// Which file a name or a descriptor stands for: a name may be given to another file at any time.
public struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64
    private let kind: mode_t
    private let owner: uid_t

    /// The file of that name; nil if there is none that can be seen.
    ///
    /// - Parameter followingLinks: whether it is the file that a link leads to, and not the link.
    public init?(at path: String, followingLinks: Bool = false) {
        var status = stat()
        guard unsafe (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
        self.init(status)
    }

    /// An open file; nil if the number is of none.
    public init?(of descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
        kind = status.st_mode & S_IFMT
        owner = status.st_uid
    }

    /// Whether it is this user's own plain file.
    public var isPlainAndOwn: Bool { kind == S_IFREG && owner == geteuid() }
}
