import SecureMemory
import Wire

/// The link of a Cl@ve Mòbil page, also its QR: `clave-agent:mobile?gateway=<origin, percent-encoded>&token=<base64url>`.
public struct MobileLink: Equatable, Sendable {
    /// Longest link accepted.
    public static let maximumLength = 512

    /// The gateway's origin, `https://host:port`.
    public let gateway: String
    /// 16 bytes that name the request.
    public let token: [UInt8]

    /// A link.
    public init(gateway: String, token: [UInt8]) {
        self.gateway = gateway
        self.token = token
    }

    /// Reads a link; nil for anything else.
    public init?(_ text: String) {
        let start = "clave-agent:mobile?gateway="
        guard text.utf8.count <= Self.maximumLength, text.hasPrefix(start) else { return nil }
        let parts = text.dropFirst(start.count).split(separator: "&", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasPrefix("token="),
            let gateway = Self.percentDecoded(parts[0]), GatewayOrigin.isValid(gateway),
            let token = bytes(base64URL: String(parts[1].dropFirst("token=".count)), limit: GatewayLimits.identifier),
            token.count == GatewayLimits.identifier
        else { return nil }
        self.init(gateway: gateway, token: token)
    }

    /// The link as text.
    public var text: String {
        let encoded = gateway.utf8.map { byte in
            let isUnreserved =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || [45, 46, 95, 126].contains(byte)
            if isUnreserved { return String(UnicodeScalar(byte)) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
        return "clave-agent:mobile?gateway=\(encoded.joined())&token=\(base64URL(token))"
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var decoded: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                (0x21...0x7E).contains(value)
            else { return nil }
            decoded.append(value)
            rest.removeFirst(2)
        }
        return String(validating: decoded, as: UTF8.self)
    }
}
