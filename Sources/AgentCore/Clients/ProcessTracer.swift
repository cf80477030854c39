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

/// The file that a client runs, as the kernel keeps it: another file at the same path is another program.
struct ProgramIdentity: Equatable {
    private let device: UInt64
    private let inode: UInt64
    /// The last change of the file or of what is known of it.
    private let seconds: Int
    private let nanoseconds: Int
    /// Where it was.
    let path: String

    /// The file is opened first, and only then is it asked whether the process is still the one that connected: so it
    /// can be no other's. Nil where the kernel tells neither (before Linux 6.5), or the process is gone.
    init?(of peer: Peer, socket: Int32) {
        let link = "/proc/\(peer.pid)/exe"
        guard peer.pid > 0, let file = try? Descriptor.open(link, clave_o_path()) else { return nil }
        var facts = stat()
        guard unsafe fstat(file.number, &facts) == 0, let path = Files.linkTarget("/proc/self/fd/\(file.number)"),
            path.utf8.count <= ProtocolLimits.path, Peer.isStillThere(behind: socket)
        else { return nil }
        device = UInt64(facts.st_dev)
        inode = UInt64(facts.st_ino)
        seconds = facts.st_ctim.tv_sec
        nanoseconds = facts.st_ctim.tv_nsec
        self.path = path
    }
}

/// Describes a client for the person who is asked: all of it read from `/proc`, nothing said by the client.
enum ProcessTracer {
    /// The caller's chain, the client first.
    ///
    /// - Parameter socket: the client's connection; nil once it is closed.
    static func caller(of peer: Peer, socket: Int32?) -> Caller {
        var chain: [ProcessInfo] = []
        var pid = peer.pid
        let terminal = peer.pid > 0 ? Self.terminal(of: peer.pid) : ""
        while pid > 0, chain.count < ProtocolLimits.callerChain {
            chain.append(ProcessInfo(pid: UInt32(pid), executable: executable(of: pid)))
            pid = pid == 1 ? 0 : (status(of: pid)?.parent ?? 0)
        }
        return Caller(chain: chain, uid: peer.uid, isPinned: socket.map(Peer.isStillThere) ?? false, terminal: terminal)
    }

    private static func executable(of pid: Int32) -> String {
        let path = Files.linkTarget("/proc/\(pid)/exe") ?? ""
        // A path that could disguise itself on a terminal is not shown at all.
        let isPlain = path.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7F || $0.value > 0xA0 }
        return isPlain && path.utf8.count <= ProtocolLimits.path ? path : ""
    }

    /// The device of a process's controlling terminal; empty for none.
    static func terminal(of pid: Int32) -> String {
        guard let device = status(of: pid)?.terminal, device != 0 else { return "" }
        let major = clave_major(dev_t(device))
        let minor = clave_minor(dev_t(device))
        switch major {
        case 136...143: return "/dev/pts/\(Int(major - 136) * 1_048_576 + Int(minor))"
        case 4 where minor < 64: return "/dev/tty\(minor)"
        default: return ""
        }
    }

    private struct Status {
        let parent: Int32
        let terminal: UInt64
    }

    /// Fields 4 and 7 of `/proc/PID/stat`; the second field may hold anything, so reading starts behind its last `)`.
    private static func status(of pid: Int32) -> Status? {
        guard let bytes = try? Files.read("/proc/\(pid)/stat", limit: 4096),
            let close = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = String(decoding: bytes[(close + 1)...], as: UTF8.self).split(separator: " ")
        guard fields.count > 5, let parent = Int32(fields[1]), let terminal = Int32(fields[4]) else { return nil }
        return Status(parent: parent, terminal: UInt64(UInt32(bitPattern: terminal)))
    }
}
