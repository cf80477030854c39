public import Wire

/// One process of a caller's chain, as the kernel tells it.
public struct ProcessInfo: Equatable, Sendable, WireValue {
    /// Whether the path of its executable means the same to the agent.
    public enum Place: UInt8, Sendable {
        /// The agent finds the same file at that path, or nothing is known of the path.
        case here = 0
        /// The process has another root or numbers processes otherwise: the path is one of its container's.
        case container = 1
        /// The agent finds another file at that path, or none: it was replaced, or only this process sees it there.
        case replaced = 2
    }

    /// The process number.
    public let pid: UInt32
    /// The path of its executable, the kernel's bytes; empty where it does not tell.
    public let executable: [UInt8]
    /// Where that path leads.
    public let place: Place

    /// All members.
    public init(pid: UInt32, executable: [UInt8], place: Place = .here) {
        self.pid = pid
        self.executable = executable
        self.place = place
    }
    /// Of a path that is text.
    public init(pid: UInt32, executable: String, place: Place = .here) {
        self.init(pid: pid, executable: Array(executable.utf8), place: place)
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        pid = try reader.uint32()
        executable = try reader.bytes(limit: ProtocolLimits.path)
        guard let place = Place(rawValue: try reader.byte()) else { throw .malformed }
        self.place = place
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(pid)
        writer.put(executable)
        writer.put(byte: place.rawValue)
    }
}

/// Who asks: everything in it is told by the kernel, nothing by the caller; only ``isForwarded`` is told by ssh.
public struct Caller: Equatable, Sendable, WireValue {
    /// The client and up to four parents, the client first; empty if it had gone.
    public let chain: [ProcessInfo]
    /// Its user.
    public let uid: UInt32
    /// Whether the client's process is still the one that connected (a pidfd tells, Linux 6.5 and later).
    public let isPinned: Bool
    /// The device of its controlling terminal, `/dev/pts/3`; empty for none, and where the name means another terminal
    /// to the agent (a container's).
    public let terminal: String
    /// Whether ssh has said that the connection comes from another host, or has not proved where it leads.
    public let isForwarded: Bool
    /// Whether another process has spoken on the connection than the one that connected, or that one has become
    /// another program since.
    public let hasChanged: Bool

    /// Whether the client runs in a container.
    public var isInContainer: Bool { chain.first?.place == .container }

    /// All members.
    public init(
        chain: [ProcessInfo], uid: UInt32, isPinned: Bool, terminal: String, isForwarded: Bool = false,
        hasChanged: Bool = false
    ) {
        self.chain = chain
        self.uid = uid
        self.isPinned = isPinned
        self.terminal = terminal
        self.isForwarded = isForwarded
        self.hasChanged = hasChanged
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        chain = try reader.list(limit: ProtocolLimits.callerChain) { (reader) throws(WireError) in
            try ProcessInfo(decoding: &reader)
        }
        uid = try reader.uint32()
        isPinned = try reader.boolean()
        terminal = try reader.text(limit: ProtocolLimits.path)
        isForwarded = try reader.boolean()
        hasChanged = try reader.boolean()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(list: chain) { $1.encode(into: &$0) }
        writer.put(uid)
        writer.put(isPinned)
        writer.put(terminal)
        writer.put(isForwarded)
        writer.put(hasChanged)
    }
}
