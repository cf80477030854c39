/// How a certificate's key signs, by the names of RFC 7518 section 3.1 and RFC 8037 section 3.1.
public enum SignatureScheme: String, Sendable, CaseIterable {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    /// RSASSA-PSS (RFC 8017 section 8.1), MGF1 with the same digest, a salt as long as it.
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    /// ECDSA with P-256 and SHA-256.
    case es256 = "ES256"
    /// ECDSA with P-384 and SHA-384.
    case es384 = "ES384"
    /// ECDSA with P-521 and SHA-512.
    case es512 = "ES512"
    /// Ed25519 (RFC 8032 section 5.1).
    case edDSA = "EdDSA"

    /// The family.
    public enum Kind: Sendable { case pkcs1, pss, ecdsa, edwards }

    /// The scheme of a name, in small or capital letters; nil for a name of none.
    public init?(named name: String) {
        guard let scheme = Self.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else {
            return nil
        }
        self = scheme
    }

    public var kind: Kind {
        switch self {
        case .rs256, .rs384, .rs512: .pkcs1
        case .ps256, .ps384, .ps512: .pss
        case .es256, .es384, .es512: .ecdsa
        case .edDSA: .edwards
        }
    }

    /// Whether the message itself is signed: there is no digest before it.
    public var signsMessage: Bool { kind == .edwards }

    /// What is signed for a message: its digest, or the message itself.
    ///
    /// - Parameter digest: the message's, by ``digest``.
    public func input(_ message: [UInt8], _ digest: MessageDigest) -> [UInt8] {
        signsMessage ? message : digest.bytes
    }

    /// Whether bytes can be what is signed, by their number.
    public func takes(_ input: [UInt8]) -> Bool { signsMessage || input.count == digest.length }

    /// Bytes of r, and of s, in a signature by ECDSA: as many as the curve's order has; 0 for other schemes.
    public var numberLength: Int {
        switch self {
        case .es256: 32
        case .es384: 48
        case .es512: 66
        default: 0
        }
    }

    /// The digest that is signed; for Ed25519 the one by which CMS names a content (RFC 8419 section 2.3).
    public var digest: MessageDigest.Algorithm {
        switch self {
        case .rs256, .ps256, .es256: .sha256
        case .rs384, .ps384, .es384: .sha384
        case .rs512, .ps512, .es512, .edDSA: .sha512
        }
    }
}
