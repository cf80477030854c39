/// How a certificate's key signs, by the names of RFC 7518 section 3.1.
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

    /// The family.
    public enum Kind: Sendable { case pkcs1, pss, ecdsa }

    public var kind: Kind {
        switch self {
        case .rs256, .rs384, .rs512: .pkcs1
        case .ps256, .ps384, .ps512: .pss
        case .es256, .es384: .ecdsa
        }
    }

    /// The digest that is signed.
    public var digest: MessageDigest.Algorithm {
        switch self {
        case .rs256, .ps256, .es256: .sha256
        case .rs384, .ps384, .es384: .sha384
        case .rs512, .ps512: .sha512
        }
    }
}
