import Foundation
import Glibc

/// TCP connections that say nothing by themselves; closed with the test.
public final class SilentConnections {
    private var sockets: [Int32] = []

    /// None yet.
    public init() {}

    /// One more, from an address of this machine's own.
    public func open(to port: UInt16, from address: String) throws {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw CocoaError(.fileReadUnknown) }
        sockets.append(number)
        for (text, port, act) in [(address, UInt16(0), bind), ("127.0.0.1", port, connect)] {
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_port = port.bigEndian
            inet_pton(AF_INET, text, &place.sin_addr)
            let result = withUnsafePointer(to: &place) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { act(number, $0, 16) }
            }
            guard result == 0 else { throw CocoaError(.fileReadUnknown) }
        }
    }

    /// How many the server has not ended.
    public var openCount: Int {
        sockets.count { number in
            var byte = UInt8(0)
            let count = recv(number, &byte, 1, Int32(MSG_DONTWAIT) | Int32(MSG_PEEK))
            return count > 0 || count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)
        }
    }

    /// A byte on each; nobody minds where the other end is gone.
    public func trickle() {
        for number in sockets { _ = send(number, [UInt8(0x16)], 1, Int32(MSG_NOSIGNAL)) }
    }

    /// Closes all.
    public func close() {
        for number in sockets { Glibc.close(number) }
        sockets = []
    }

    deinit { close() }
}
