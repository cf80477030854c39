import Glibc
import Posix

/// A pseudo-terminal, of which a test holds both ends.
public final class PseudoTerminalPair {
    /// `/dev/pts/N`.
    public let path: String
    /// The end of whoever sits at the terminal.
    let master: Descriptor

    /// Makes one.
    public init() throws {
        master = try Descriptor.open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var unlocked: Int32 = 0
        var number: UInt32 = 0
        // TIOCSPTLCK and TIOCGPTN, macros that Swift does not import.
        guard ioctl(master.number, 0x4004_5431, &unlocked) == 0, ioctl(master.number, 0x8004_5430, &number) == 0 else {
            throw SystemError("ioctl")
        }
        path = "/dev/pts/\(number)"
    }

    /// A process that has it for its controlling terminal, as the first of a session.
    public func session() throws -> Child {
        let child = try Child(
            "/bin/sh", ["-c", ": <>'\(path)'; exec sleep 300"], environment: ["PATH": "/usr/bin:/bin"])
        // The shell opens it before it becomes `sleep`.
        for _ in 0..<2000 {
            if ProcessStatus(of: child.pid).map({ $0.terminal != 0 }) == true { return child }
            usleep(5000)
        }
        throw SystemError("open the terminal", number: ETIMEDOUT)
    }
}
