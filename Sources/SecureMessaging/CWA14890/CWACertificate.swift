import SecureMemory
import SmartCard

/// A card-verifiable certificate, opened: its signature gives its content back (ISO/IEC 9796-2, SHA-1).
///
/// Not self-descriptive: the content's parts have no tags, and the profile says how long each is (CWA 14890-1 section
/// 14.6). A certificate is made only by its issuer's key, so that one that exists has been verified.
public struct CWACertificate: Equatable, Sendable {
    /// Bytes of a certificate at the most.
    public static let maximumLength = 256

    /// What the certificate is for.
    public enum Profile: UInt8, Equatable, Sendable {
        /// Of an authority that issues certificates.
        case authority = 0x03
        /// Of a terminal that proves who it is.
        case terminal = 0x04

        /// The algorithm: its object identifier says what the key does.
        fileprivate var identifier: [UInt8] {
            switch self {
            case .authority: [0x2B, 0x24, 0x03, 0x04, 0x02, 0x02, 0x01]
            case .terminal: [0x2B, 0x24, 0x07, 0x02, 0x01, 0x01]
            }
        }
    }

    public let profile: Profile
    /// The issuer's name (CAR), 8 bytes.
    public let issuer: [UInt8]
    /// The holder's name (CHR), 12 bytes.
    public let holder: [UInt8]
    /// The holder's authorisation (CHA), 7 bytes.
    public let authorization: [UInt8]
    /// The holder's key.
    public let key: CWAPublicKey

    /// The holder's name as others refer to it, 8 bytes.
    public var reference: [UInt8] { Array(holder[4...]) }

    /// The channel that a terminal's certificate lets it open.
    public var role: CWARole? {
        guard profile == .terminal, Array(authorization[..<6]) == Self.application else { return nil }
        return CWARole(rawValue: authorization[6])
    }

    /// The application that authorisations are for.
    private static let application: [UInt8] = [0xA0, 0x00, 0x00, 0x01, 0x67, 0x45]
    private static let recoveredLength = 106

    /// Opens a certificate by its issuer's key; nil if it is not of that issuer, or not whole.
    ///
    /// - Parameters:
    ///   - bytes: from the tag 7F21 to the end, exactly.
    ///   - issuer: its name, if it is known; the root's is not looked at.
    public init?(_ bytes: [UInt8], issuedBy key: CWAPublicKey, named issuer: [UInt8]? = nil) {
        guard bytes.count <= Self.maximumLength, let outer = try? TLV.list(bytes, strict: true), outer.count == 1,
            outer[0].tag == 0x7F21, let parts = try? TLV.list(outer[0].value, strict: true),
            parts.map(\.tag) == [0x5F37, 0x5F38, 0x42],
            parts[0].value.count == CWAPublicKey.length,
            let content = Self.recovered(parts[0].value, rest: parts[1].value, key)
        else { return nil }
        self.init(content: content)
        guard self.issuer == parts[2].value, issuer == nil || self.issuer == issuer else { return nil }
    }

    /// The signed content: what the signature holds, and the rest that had no room in it.
    private static func recovered(_ signature: [UInt8], rest: [UInt8], _ key: CWAPublicKey) -> [UInt8]? {
        guard let value = unsafe key.raised(signature.span.bytes) else { return nil }
        var message = value.withBytes { CWABytes.array($0) }
        // The signer took the smaller of the signature and its complement.
        if message[message.count - 1] != 0xBC { message = key.complement(value).withBytes { CWABytes.array($0) } }
        guard message[0] == 0x6A, message[message.count - 1] == 0xBC else { return nil }
        let content = Array(message[1...recoveredLength]) + rest
        let stored = Array(message[(recoveredLength + 1)..<(message.count - 1)])
        guard let digest = unsafe MessagingKeys.digest(SecretBytes(copying: content.span.bytes), isLong: false) else {
            return nil
        }
        return digest.withBytes({ unsafe constantTimeEqual($0, stored.span.bytes) }) ? content : nil
    }

    /// Reads the signed content, which its signature has been verified to hold.
    init?(content: [UInt8]) {
        guard let first = content.first, let profile = Profile(rawValue: first) else { return nil }
        var rest = content.dropFirst()
        func take(_ count: Int) -> [UInt8] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        let (issuer, holder, authorization) = (take(8), take(12), take(7))
        guard take(profile.identifier.count) == profile.identifier,
            let key = CWAPublicKey(modulus: take(CWAPublicKey.length)), take(4) == [0, 1, 0, 1], rest.isEmpty
        else { return nil }
        (self.profile, self.issuer, self.holder) = (profile, issuer, holder)
        (self.authorization, self.key) = (authorization, key)
    }
}
