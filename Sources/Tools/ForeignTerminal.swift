import CLinux
import Glibc

/// A terminal that another user has, as after `su` without a terminal of its own: the agent, which runs as the present user,
/// can't open it to ask there.
enum ForeignTerminal {
    /// Whether this program is used on one.
    static var isInUse: Bool { (0...2).contains { isForeign($0, to: geteuid()) } }

    /// Whether a descriptor is of a terminal that is not the user's.
    static func isForeign(_ descriptor: Int32, to user: uid_t) -> Bool {
        var facts = stat()
        guard isatty(descriptor) == 1, unsafe fstat(descriptor, &facts) == 0 else { return false }
        return facts.st_uid != user
    }
}
