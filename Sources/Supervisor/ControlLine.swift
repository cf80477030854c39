import CLinux
import Glibc
import Posix

/// The supervisor's end of the channel to its core; none while no core runs.
struct ControlLine: ~Copyable {
    private var channel: PacketChannel?

    /// Without a core.
    init() { channel = nil }

    /// Takes the end that a core's is the other of.
    init(_ channel: consuming PacketChannel) { self.channel = consume channel }

    /// The socket's number, to wait on; negative without a core, which the kernel skips.
    var number: Int32 {
        switch channel {
        case .some(let channel): channel.number
        case .none: -1
        }
    }

    /// Tells the core, if there is one; one that has just ended hears nothing more.
    func send(_ frame: [UInt8], descriptor: Int32? = nil) {
        switch channel {
        case .some(let channel): try? channel.send(frame, descriptor: descriptor)
        case .none: break
        }
    }

    /// The next packet's payload; nil when the core has closed the channel.
    func receive() throws(SystemError) -> [UInt8]? {
        switch channel {
        case .some(let channel): try channel.receive()?.payload
        case .none: nil
        }
    }

    /// Calls `hear` with what a core had said before its end, and is not read yet.
    func drain(_ hear: ([UInt8]) -> Void) {
        // One that has ended with words unread resets the channel, which is told once, before what it has said.
        for _ in 0..<2 {
            do throws(SystemError) {
                while let payload = try receiveAtOnce() { hear(payload) }
                return
            } catch { continue }
        }
    }

    private func receiveAtOnce() throws(SystemError) -> [UInt8]? {
        var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&entry, 1, 0) > 0 else { return nil }
        return try receive()
    }

    /// Whether an error says that there is no core at the other end.
    static func hasGone(_ error: SystemError) -> Bool {
        error.number == EPIPE || error.number == ECONNRESET
    }
}
