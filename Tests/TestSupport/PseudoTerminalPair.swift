import Glibc
public import Posix

/// A pseudo-terminal, of which a test holds both ends.
public final class PseudoTerminalPair {
    /// `/dev/pts/N`.
    public let path: String
    /// The end of whoever sits at the terminal.
    public let master: Descriptor

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
    ///
    /// - Parameter program: what it runs, at that terminal; nil for one that has nothing open there.
    public func session(
        _ program: [String]? = nil, environment: [String: String] = ["PATH": "/usr/bin:/bin"]
    ) throws -> Child {
        let script = program == nil ? ": <>'\(path)'; exec sleep 300" : "exec <>'\(path)' >&0 2>&0; exec \"$@\""
        let child = try Child("/bin/sh", ["-c", script, "sh"] + (program ?? []), environment: environment)
        // The shell opens it before it becomes the program.
        try eventually("a process to have a terminal") {
            ProcessStatus(of: child.pid).map { $0.terminal != 0 } == true
        }
        return child
    }
}
