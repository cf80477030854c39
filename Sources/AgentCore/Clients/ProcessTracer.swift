import AgentProtocol
import CLinux
import Glibc
import Posix

/// The other end of a client's connection, as the kernel told it when the client connected.
struct Peer {
    /// The process; it may have gone since.
    let pid: Int32
    /// Its user.
    let uid: UInt32

    /// Asks the kernel who is at the other end of a unix socket.
    init(socket: Int32) throws(SystemError) {
        var peer = clave_peer()
        guard unsafe clave_socket_peer(socket, &peer) == 0 else { throw SystemError("SO_PEERCRED") }
        pid = peer.pid
        uid = peer.uid
    }

    /// Whether the process that connected is still there; false also where the kernel can't tell (before Linux 6.5).
    ///
    /// The socket itself holds on to the process that connected, so that asking late tells of no other.
    static func isStillThere(behind socket: Int32) -> Bool {
        let number = clave_socket_peer_pidfd(socket)
        guard number >= 0 else { return false }
        let pidfd = Descriptor(owning: number)
        var entry = pollfd(fd: pidfd.number, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, 0) == 0
    }
}

/// A file that is run, as the kernel keeps it: another file at the same path is another program.
struct ProgramFile: Equatable {
    private let device: UInt64
    private let inode: UInt64
    /// The last change of the file or of what is known of it.
    private let seconds: Int
    private let nanoseconds: Int

    /// The file that a process runs; nil where the kernel does not tell.
    init?(of pid: Int32) {
        var facts = stat()
        guard pid > 0, unsafe clave_program_facts(pid, &facts) == 0 else { return nil }
        self.init(facts)
    }

    /// The file at a path, links followed; nil if it can't be found.
    init?(at path: String) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        self.init(facts)
    }

    init(_ facts: stat) {
        device = UInt64(facts.st_dev)
        inode = UInt64(facts.st_ino)
        seconds = facts.st_ctim.tv_sec
        nanoseconds = facts.st_ctim.tv_nsec
    }
}

/// The program that a client runs.
struct ProgramIdentity: Equatable {
    /// Its file.
    let file: ProgramFile
    /// Where that was, the kernel's bytes.
    let path: [UInt8]

    /// The file is opened first, and only then is it asked whether the process is still the one that connected: so it
    /// can be no other's. Nil where the kernel tells neither (before Linux 6.5), or the process is gone.
    init?(of peer: Peer, socket: Int32) {
        guard peer.pid > 0, let file = try? Descriptor.open("/proc/\(peer.pid)/exe", clave_o_path()) else { return nil }
        var facts = stat()
        guard unsafe fstat(file.number, &facts) == 0, Peer.isStillThere(behind: socket) else { return nil }
        path = ProcessTracer.link("/proc/self/fd/\(file.number)")
        guard !path.isEmpty else { return nil }
        self.file = ProgramFile(facts)
    }
}

/// Describes a client for the person who is asked: all of it read from `/proc`, nothing said by the client.
enum ProcessTracer {
    /// The caller's chain, the process that speaks first.
    ///
    /// - Parameters:
    ///   - socket: the client's connection; nil once it is closed.
    ///   - isForwarded: what ssh has said of it.
    static func caller(of provenance: Provenance, socket: Int32?, isForwarded: Bool) -> Caller {
        var chain: [ProcessInfo] = []
        var pid = provenance.speaker
        let terminal = pid > 0 ? ownTerminal(of: pid) : ""
        while pid > 0, chain.count < ProtocolLimits.callerChain {
            chain.append(info(of: pid))
            pid = pid == 1 ? 0 : (ProcessStatus(of: pid)?.parent ?? 0)
        }
        let isPinned = provenance.speaker == provenance.peer.pid && socket.map(Peer.isStillThere) ?? false
        return Caller(
            chain: chain, uid: provenance.peer.uid, isPinned: isPinned, terminal: terminal, isForwarded: isForwarded,
            hasChanged: provenance.hasChanged)
    }

    /// A link's target as the kernel's bytes; empty where it can't be read, or is longer than any path.
    static func link(_ path: String) -> [UInt8] {
        var target = [CChar](repeating: 0, count: ProtocolLimits.path)
        let count = unsafe readlink(path, &target, target.count)
        guard count > 0, count < target.count else { return [] }
        return target[..<count].map { UInt8(bitPattern: $0) }
    }

    private static func info(of pid: Int32) -> ProcessInfo {
        let path = link("/proc/\(pid)/exe")
        return ProcessInfo(pid: UInt32(pid), executable: path, place: path.isEmpty ? .here : place(of: pid, path))
    }

    // MARK: Namespaces

    /// Whether the path of a process's file leads to that file here as well: in a container it is the container's, and
    /// whoever makes a mount namespace can put any file at any path of it.
    private static func place(of pid: Int32, _ path: [UInt8]) -> ProcessInfo.Place {
        if isInContainer(pid) { return .container }
        guard let text = String(validating: path, as: UTF8.self), let file = ProgramFile(of: pid) else { return .here }
        return ProgramFile(at: text) == file ? .here : .replaced
    }

    /// Whether a process has another root folder, or numbers processes otherwise. Where the kernel hides both (a process
    /// of root's, or one that can't be traced), the list of its numbers tells of the second.
    static func isInContainer(_ pid: Int32) -> Bool {
        guard let root = folder("/proc/\(pid)/root"), let own = folder("/"),
            case let numbering = link("/proc/\(pid)/ns/pid"), !numbering.isEmpty
        else { return (numbers(of: pid) ?? 1) > 1 }
        return root != own || numbering != link("/proc/self/ns/pid")
    }

    /// Device and inode.
    private static func folder(_ path: String) -> [UInt64]? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        return [UInt64(facts.st_dev), UInt64(facts.st_ino)]
    }

    /// How many numbers a process has, one for each namespace of processes that it is in (`NSpid`, proc(5)).
    private static func numbers(of pid: Int32) -> Int? {
        guard let bytes = try? Files.read("/proc/\(pid)/status", limit: 16384) else { return nil }
        let line = bytes.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: Array("NSpid:".utf8)) }
        return line.map { $0.split { $0 == 0x09 || $0 == 0x20 }.count - 1 }
    }

    /// The device of a process's controlling terminal if its name means the same to the agent; else empty. Each container
    /// numbers its pseudo-terminals anew: the agent's `/dev/pts/0` is somebody else's window.
    static func ownTerminal(of pid: Int32) -> String {
        let terminal = terminal(of: pid)
        guard !terminal.isEmpty, !isInContainer(pid) else { return "" }
        guard let there = folder("/proc/\(pid)/root\(terminal)") else {
            // Hidden, as all of /proc is of a process of root's: then it is not in a container either.
            return folder("/proc/\(pid)/root") == nil ? terminal : ""
        }
        return there == folder(terminal) ? terminal : ""
    }

    // MARK: Status

    /// The device of a process's controlling terminal; empty for none.
    static func terminal(of pid: Int32) -> String {
        ProcessStatus(of: pid).flatMap { TerminalNames().path(of: $0.terminal) } ?? ""
    }
}
