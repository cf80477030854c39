import AgentProtocol
import CLinux
import Glibc
import Posix

/// The terminal on which a client may be asked.
///
/// The kernel tells of a process's terminal nothing but its number. Whoever mounts a `devpts` of their own numbers terminals
/// anew, and has one with the number of the person's. The kernel gives a terminal to one session at a time: so where two
/// have the same number, one of them has another terminal, and there is no telling which.
@CoreActor
enum OwnTerminal {
    /// Milliseconds for which a session is known to be the only one of its terminal: each look is at every process.
    private static let freshness: UInt64 = 100
    private static var lastFound: (terminal: UInt64, session: Int32, leader: TerminalIdentity?, time: UInt64)?

    /// The device of a process's controlling terminal if its name means the same to the agent, and it is certain whose it
    /// is; else empty.
    static func path(of pid: Int32) -> String {
        guard let status = ProcessStatus(of: pid), status.terminal != 0,
            let path = TerminalNames().path(of: status.terminal), !ProcessTracer.isInContainer(pid),
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
    private static func isOnly(_ process: ProcessStatus) -> Bool {
        let now = SteadyClock.milliseconds
        let leader = TerminalIdentity(of: process.session)
        if let last = lastFound, last.terminal == process.terminal, last.session == process.session,
            last.leader == leader, now - last.time < freshness
        {
            return true
        }
        guard sessions(on: process.terminal) == [process.session] else { return false }
        lastFound = (process.terminal, process.session, leader, now)
        return true
    }

    /// The sessions of all processes that have a terminal of this number; empty where processes can't be listed.
    private static func sessions(on device: UInt64) -> Set<Int32> {
        guard let folder = unsafe opendir("/proc") else { return [] }
        defer { unsafe closedir(folder) }
        var sessions: Set<Int32> = []
        while let entry = unsafe readdir(folder) {
            guard let pid = unsafe number(entry.pointee.d_name), let status = ProcessStatus(of: pid),
                status.terminal == device
            else { continue }
            sessions.insert(status.session)
        }
        return sessions
    }

    /// The process that an entry of `/proc` stands for.
    private static func number<Name>(_ name: Name) -> Int32? {
        unsafe withUnsafeBytes(of: name) { bytes in
            unsafe Int32(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        }
    }
}
