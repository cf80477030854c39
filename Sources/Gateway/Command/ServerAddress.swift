import Glibc
import Posix
import Wire

/// Where the server listens, and what browsers and agents call that.
struct ServerAddress {
    /// The IPv4 address, as it was typed.
    let listen: String
    let port: UInt16
    /// `https://host` or `https://host:port`
    let origin: String

    /// As the options say; any free port where they ask for 0.
    init(_ options: GatewayOptions) throws {
        listen = options.value(.listen) ?? "127.0.0.1"
        let wanted = try options.number(.port, default: 8443, 0...65535)
        port = try wanted == 0 ? Self.freePort(listen) : UInt16(wanted)
        origin = options.value(.origin) ?? "https://localhost:\(port)"
        guard GatewayOrigin.isValid(origin) else {
            throw Options.UsageError("--origin takes https://host or https://host:port, in small letters")
        }
    }

    /// What the certificate is made for: the origin's host, and this machine's own names.
    var names: [String] {
        let authority = origin.dropFirst("https://".count)
        let host = String(
            authority.hasPrefix("[") ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" })
        return [host] + ["localhost", "127.0.0.1", "::1"].filter { $0 != host }
    }

    /// A port that nobody uses, so that the origin is known before the server listens.
    private static func freePort(_ address: String) throws(SystemError) -> UInt16 {
        let socket = Descriptor(
            owning: try retrying("socket") { Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        unsafe _ = inet_pton(AF_INET, address, &place.sin_addr)
        let number = socket.number
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try unsafe withUnsafeMutablePointer(to: &place) { place throws(SystemError) in
            try unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place throws(SystemError) in
                try retrying("bind \(address)") { unsafe bind(number, place, length) }
                try retrying("getsockname") { unsafe getsockname(number, place, &length) }
            }
        }
        return UInt16(bigEndian: place.sin_port)
    }
}
