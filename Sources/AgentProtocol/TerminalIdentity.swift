import CLinux
import Glibc
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

    /// `/dev/pts/3` or `/dev/tty2`; nil for a device of another kind.
    public var path: String? { Self.path(of: device) }

    /// The same of a device's number.
    public static func path(of device: UInt64) -> String? {
        let major = clave_major(dev_t(device))
        let minor = clave_minor(dev_t(device))
        switch major {
        case 136...143: return "/dev/pts/\(Int(major - 136) * 1_048_576 + Int(minor))"
        case 4 where minor < 64: return "/dev/tty\(minor)"
        default: return nil
        }
    }

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
