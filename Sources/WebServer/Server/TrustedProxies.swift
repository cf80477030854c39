import Glibc

/// Proxies whose word counts about who asks: by `X-Forwarded-For`, to which each adds the address that it was asked from.
public struct TrustedProxies: Sendable {
    /// Why a list of addresses is none.
    public struct Failure: Error, Equatable {
        /// In English.
        public let message: String
    }

    /// Addresses of a list, and bytes of a header that are read.
    private static let maximumCount = 16
    private static let maximumHeader = 1024

    /// None: whoever connects is who asks.
    public static let none = TrustedProxies()

    /// In the network's order of bytes.
    private var addresses: Set<UInt32> = []

    private init() {}

    /// Reads IPv4 addresses, parted by commas.
    ///
    /// - Throws: if one is none, or there are too many.
    public init(parsing list: String) throws(Failure) {
        let words = list.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard words.count <= Self.maximumCount else { throw Failure(message: "more than \(Self.maximumCount) proxies") }
        for word in words {
            let text = String(decoding: word, as: UTF8.self)
            guard let address = Self.number(text) else { throw Failure(message: "\(text) is not an IPv4 address") }
            addresses.insert(address)
        }
    }

    /// Whether a proxy is at this address; in the network's order of bytes.
    func contains(_ address: UInt32) -> Bool { addresses.contains(address) }

    /// Whose request it is.
    ///
    /// Addresses are read from the right, where the nearest proxy has added its own: the first that is no trusted proxy's is
    /// the client's, whatever a client has put before it. Where something else than an address stands, the last proxy
    /// that was trusted counts as the client.
    ///
    /// - Parameters:
    ///   - peer: who has connected.
    ///   - forwarded: the values of `X-Forwarded-For`, joined by commas; nil without it.
    func client(peer: String, forwarded: String?) -> String {
        guard let number = Self.number(peer), addresses.contains(number), let forwarded else { return peer }
        var client = peer
        for item in Self.items(forwarded).reversed() {
            let text = String(
                decoding: item.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }, as: UTF8.self)
            guard let address = Self.canonical(text) else { return client }
            client = address
            guard let number = Self.number(address), addresses.contains(number) else { return client }
        }
        return client
    }

    /// The items of the header, of a long one those that are whole at its end: a client may put any length before them.
    private static func items(_ forwarded: String) -> [Substring.UTF8View] {
        let comma = UInt8(ascii: ",")
        let end = forwarded.utf8.suffix(maximumHeader)
        let items = end.split(separator: comma, omittingEmptySubsequences: false)
        return Array(end.count < forwarded.utf8.count ? items.dropFirst() : items[...])
    }

    // MARK: Addresses

    /// An IPv4 address in the network's order of bytes.
    private static func number(_ text: String) -> UInt32? {
        var address = in_addr()
        return unsafe inet_pton(AF_INET, text, &address) == 1 ? address.s_addr : nil
    }

    /// An address as it is written; of IPv6 the network of 64 bits, of which one client has all addresses.
    private static func canonical(_ text: String) -> String? {
        if number(text) != nil { return text }
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, text, &address) == 1 else { return nil }
        var bytes = unsafe withUnsafeBytes(of: address) { unsafe Array($0) }
        // RFC 4291 section 2.5.5.2: an IPv4 address in this form.
        if bytes[..<12].elementsEqual([UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]) {
            return bytes[12...].map { String($0) }.joined(separator: ".")
        }
        for place in 8..<16 { bytes[place] = 0 }
        var written = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard unsafe inet_ntop(AF_INET6, bytes, &written, socklen_t(written.count)) != nil else { return nil }
        return String(decoding: written.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) + "/64"
    }
}
