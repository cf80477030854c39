import CLinux
import Glibc
import Posix

/// Where a virtual reader (vpcd) listens for its card.
struct ReaderAddress: Equatable, Sendable {
    /// The first slot of vpcd as Debian sets it up.
    static let standard = ReaderAddress(host: "127.0.0.1", port: 35963)
    /// Seconds for a connection.
    private static let patience = 5

    let host: String
    let port: UInt16

    private init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads an IPv4 address, or `localhost`, and a port; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = UInt16(parts[1]), port > 0 else { return nil }
        host = parts[0] == "localhost" ? "127.0.0.1" : String(parts[0])
        self.port = port
        var address = in_addr()
        guard unsafe inet_pton(AF_INET, host, &address) == 1 else { return nil }
    }

    /// Connects: the card goes into the reader.
    func connect() throws(SystemError) -> Descriptor {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let socket = Descriptor(owning: try retrying("socket") { Glibc.socket(AF_INET, kind, 0) })
        let number = socket.number
        var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
        unsafe setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        unsafe _ = inet_pton(AF_INET, host, &place.sin_addr)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try unsafe withUnsafeMutablePointer(to: &place) { place throws(SystemError) in
            _ = try unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place throws(SystemError) in
                try retrying("connect \(host):\(port)") { unsafe Glibc.connect(number, place, length) }
            }
        }
        return socket
    }
}
