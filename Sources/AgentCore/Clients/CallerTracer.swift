import AgentProtocol
import EventLoop
import Glibc
import Posix

/// Describes a client for the person who is asked: all of it read from `/proc`, nothing said by the client.
enum CallerTracer {
    /// The caller's chain, the process that speaks first.
    ///
    /// - Parameters:
    ///   - socket: the client's connection; nil once it is closed.
    ///   - isForwarded: what ssh has said of it.
    @CoreActor
    static func caller(of provenance: Provenance, socket: Int32?, isForwarded: Bool) -> Caller {
        var chain: [ProcessInfo] = []
        var pid = provenance.speaker
        let terminal = pid > 0 ? OwnTerminal.path(of: pid) : ""
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
        switch KeptFacts.at(text) {
        case .file(let found): return ProgramFile(found) == file ? .here : .replaced
        case .none: return .replaced
        // Where both see the same folders, the kernel's word is enough: it says so where the file has left its place.
        case .untold:
            return sharesFolders(pid) && !path.suffix(Self.left.count).elementsEqual(Self.left) ? .here : .replaced
        }
    }

    /// What the kernel writes behind the path of a file that is no longer there.
    private static let left = Array(" (deleted)".utf8)

    /// Whether a process sees the same folders at the same paths as this one.
    private static func sharesFolders(_ pid: Int32) -> Bool {
        let mounts = link("/proc/\(pid)/ns/mnt")
        return !mounts.isEmpty && mounts == link("/proc/self/ns/mnt")
    }

    /// Whether a process has another root folder, or numbers processes otherwise. Where the kernel hides both (a process
    /// of root's, or one that can't be traced), the list of its numbers tells of the second.
    static func isInContainer(_ pid: Int32) -> Bool {
        guard let root = KeptFacts.behind("/proc/\(pid)/root"), let own = KeptFacts.behind("/proc/self/root"),
            case let numbering = link("/proc/\(pid)/ns/pid"), !numbering.isEmpty
        else { return (numbers(of: pid) ?? 1) > 1 }
        return !root.isSameFile(as: own) || numbering != link("/proc/self/ns/pid")
    }

    /// How many numbers a process has, one for each namespace of processes that it is in (`NSpid`, proc(5)).
    private static func numbers(of pid: Int32) -> Int? {
        guard let bytes = try? Files.read("/proc/\(pid)/status", limit: 16384) else { return nil }
        let line = bytes.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: Array("NSpid:".utf8)) }
        return line.map { $0.split { $0 == 0x09 || $0 == 0x20 }.count - 1 }
    }
}
