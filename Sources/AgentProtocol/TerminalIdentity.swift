import Posix
public import Wire

/// A terminal in the hands of one session: the device alone would not do, since its number is given again as soon as
/// it is free.
public struct TerminalIdentity: Equatable, Sendable, WireValue {
    /// The device's number.
    public let device: UInt64
    /// The first process of the session whose controlling terminal it is.
    public let session: UInt32
    /// When that process was started, in clock ticks since the system was.
    public let startTime: UInt64

    /// All members.
    public init(device: UInt64, session: UInt32, startTime: UInt64) {
        self.device = device
        self.session = session
        self.startTime = startTime
    }

    /// The controlling terminal of a process; nil if it has none, or if its session's first process is gone or has another.
    public init?(of pid: Int32) {
        guard let status = ProcessStatus(of: pid), status.terminal != 0,
            let leader = ProcessStatus(of: status.session), leader.terminal == status.terminal,
            leader.session == status.session
        else { return nil }
        self.init(device: status.terminal, session: UInt32(status.session), startTime: leader.startTime)
    }

    /// Its name, as `/dev/pts/3`, `/dev/tty2` or `/dev/ttyS0`; nil if it has none. What lies there has to be looked at.
    public var path: String? { TerminalNames().path(of: device) }

    public init(decoding reader: inout WireReader) throws(WireError) {
        device = try reader.uint64()
        session = try reader.uint32()
        startTime = try reader.uint64()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(device)
        writer.put(session)
        writer.put(startTime)
    }
}
