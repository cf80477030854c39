/// The form of a gateway's address.
public enum GatewayOrigin {
    /// Longest address.
    public static let maximumLength = 256

    /// Whether it is `https://host` or `https://host:port`, lower case, without user, path or query.
    public static func isValid(_ text: String) -> Bool {
        let start = "https://"
        guard text.utf8.count <= maximumLength, text.hasPrefix(start) else { return false }
        let authority = text.dropFirst(start.count)
        guard !authority.isEmpty, authority.utf8.allSatisfy(isAllowed) else { return false }
        guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") else { return true }
        let port = authority[authority.index(after: colon)...]
        return UInt16(port).map { $0 > 0 } ?? false
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"): true
        default: false
        }
    }
}
