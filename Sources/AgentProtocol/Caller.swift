public import Wire

/// One process of a caller's chain, as the kernel tells it.
public struct ProcessInfo: Equatable, Sendable, WireValue {
    /// The process number.
    public let pid: UInt32
    /// The path of its executable; empty where the kernel does not tell.
    public let executable: String

    /// All members.
    public init(pid: UInt32, executable: String) {
        self.pid = pid
        self.executable = executable
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        pid = try reader.uint32()
        executable = try reader.text(limit: ProtocolLimits.path)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(pid)
        writer.put(executable)
    }
}

/// Who asks: everything in it is told by the kernel, nothing by the caller.
public struct Caller: Equatable, Sendable, WireValue {
    /// The client and up to four parents, the client first; empty if it had gone.
    public let chain: [ProcessInfo]
    /// Its user.
    public let uid: UInt32
    /// Whether the client's process is still the one that connected (a pidfd tells, Linux 6.5 and later).
    public let isPinned: Bool
    /// The device of its controlling terminal, `/dev/pts/3`; empty for none.
    public let terminal: String

    /// All members.
    public init(chain: [ProcessInfo], uid: UInt32, isPinned: Bool, terminal: String) {
        self.chain = chain
        self.uid = uid
        self.isPinned = isPinned
        self.terminal = terminal
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        chain = try reader.list(limit: ProtocolLimits.callerChain) { (reader) throws(WireError) in
            try ProcessInfo(decoding: &reader)
        }
        uid = try reader.uint32()
        isPinned = try reader.boolean()
        terminal = try reader.text(limit: ProtocolLimits.path)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(list: chain) { $1.encode(into: &$0) }
        writer.put(uid)
        writer.put(isPinned)
        writer.put(terminal)
    }
}
