import AgentProtocol
import CLinux
import EventLoop
import Glibc
import Posix

/// The terminal on which a client may be asked.
///
/// The kernel tells of a process's terminal nothing but its number. Whoever mounts a `devpts` of their own numbers terminals
/// anew, and has one with the number of the person's. The kernel gives a terminal to one session at a time: so where two
/// have the same number, one of them has another terminal, and there is no telling which.
@CoreActor
enum OwnTerminal {
    private static var sessions = TerminalSessions()

    /// The device of a process's controlling terminal if its name means the same to the agent, and it is certain whose it
    /// is; else empty.
    static func path(of pid: Int32) -> String {
        guard let status = ProcessStatus(of: pid), status.terminal != 0,
            let path = TerminalNames().path(of: status.terminal), !CallerTracer.isInContainer(pid),
            isSame(path, status.terminal, for: pid), isOnly(status)
        else { return "" }
        return path
    }

    /// Whether a process has the device that is at this path here: by the path as the process sees it, or by what it reads
    /// or writes.
    private static func isSame(_ path: String, _ device: UInt64, for pid: Int32) -> Bool {
        var here = stat()
        guard unsafe stat(path, &here) == 0, here.st_mode & S_IFMT == S_IFCHR, UInt64(here.st_rdev) == device else {
            return false
        }
        guard let root = try? Descriptor.open("/proc/\(pid)/root", clave_o_path()) else {
            // Hidden, as all of /proc is of a process of root's, and of one that can't be traced: its number alone counts.
            return true
        }
        if case .file(let there) = KeptFacts.at(String(path.dropFirst()), below: root), there.isSameFile(as: here) {
            return true
        }
        return (0...2).contains { number in
            KeptFacts.behind("/proc/\(pid)/fd/\(number)").map(here.isSameFile) == true
        }
    }

    /// Whether no other session than this process's says that it has a terminal of that number.
    ///
    /// Where the last look says no, there is another one at once, as long as that was not done too often: a session that has
    /// come since then, or is alone since then, counts as one that can't be told from others otherwise.
    private static func isOnly(_ process: ProcessStatus) -> Bool {
        if sessions.isDue || sessions.of[process.terminal] != [process.session] { sessions.lookAgain() }
        return sessions.of[process.terminal] == [process.session]
    }
}
