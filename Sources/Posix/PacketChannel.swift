import CLinux
import Glibc

/// Whole frames as packets (`SOCK_SEQPACKET`), each with at most one descriptor beside it: the channel between
/// supervisor and core. Nothing secret travels on it.
public struct PacketChannel: ~Copyable, Sendable {
    /// Largest packet.
    public static let maximumLength = 65536

    /// One packet.
    public struct Packet: ~Copyable, Sendable {
        /// Type and body.
        public let payload: [UInt8]
        private var descriptor: Descriptor?

        fileprivate init(payload: [UInt8], descriptor: consuming Descriptor?) {
            self.payload = payload
            self.descriptor = descriptor
        }

        /// The descriptor that came with it, once.
        public mutating func takeDescriptor() -> Descriptor? {
            var taken: Descriptor? = nil
            swap(&taken, &descriptor)
            return taken
        }
    }

    private let socket: Descriptor

    /// Takes ownership of one end.
    public init(_ socket: consuming Descriptor) {
        self.socket = socket
    }

    /// Both ends, close-on-exec; the caller takes ownership of each at once.
    public static func pair() throws(SystemError) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw SystemError("socketpair") }
        return (ends[0], ends[1])
    }

    /// The socket's number, to wait on.
    public var number: Int32 { socket.number }

    /// Sends a whole frame, and a descriptor beside it, which stays the caller's.
    public borrowing func send(_ frame: [UInt8], descriptor: Int32? = nil) throws(SystemError) {
        let number = socket.number
        try retrying("send") {
            if let descriptor { return unsafe clave_send_descriptor(number, frame, frame.count, descriptor) }
            return unsafe Glibc.send(number, frame, frame.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// The next packet; nil when the other side has closed. A packet that is no frame counts as `EPROTO`.
    public borrowing func receive() throws(SystemError) -> Packet? {
        let number = socket.number
        var buffer = [UInt8](repeating: 0, count: Self.maximumLength)
        var descriptor: Int32 = -1
        let count = try retrying("receive") {
            unsafe clave_receive_descriptor(number, &buffer, buffer.count, &descriptor)
        }
        let owned: Descriptor? = descriptor >= 0 ? Descriptor(owning: descriptor) : nil
        if count == 0 { return nil }
        guard count > 4, buffer[..<4].reduce(0, { $0 << 8 | Int($1) }) == count - 4 else {
            throw SystemError("receive", number: EPROTO)
        }
        return Packet(payload: Array(buffer[4..<count]), descriptor: owned)
    }
}
