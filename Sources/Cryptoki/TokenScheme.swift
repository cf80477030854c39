import CP11Kit
import SignedForms

/// How a key on a token signs, by the names of RFC 7518 section 3.1 and RFC 8037 section 3.1.
public enum TokenScheme: String, CaseIterable, Sendable {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    /// RSASSA-PSS (RFC 8017 section 8.1) with MGF1 over the same hash, and a salt as long as the digest.
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    /// ECDSA on P-256.
    case es256 = "ES256"
    /// ECDSA on P-384.
    case es384 = "ES384"
    /// ECDSA on P-521.
    case es512 = "ES512"
    /// Ed25519 (RFC 8032 section 5.1).
    case edDSA = "EdDSA"

    /// The hash whose digest is signed; for Ed25519 the one that is part of it.
    private var hash: Hash {
        switch self {
        case .rs256, .ps256, .es256: .sha256
        case .rs384, .ps384, .es384: .sha384
        case .rs512, .ps512, .es512, .edDSA: .sha512
        }
    }

    private var isPSS: Bool { self == .ps256 || self == .ps384 || self == .ps512 }
    private var isECDSA: Bool { numberLength > 0 }

    /// Bytes of r, and of s: as many as the curve's order has; 0 for RSA.
    private var numberLength: Int { signatureScheme?.numberLength ?? 0 }

    /// The same beyond tokens.
    var signatureScheme: SignatureScheme? { SignatureScheme(rawValue: rawValue) }

    /// Bytes of the digest.
    public var digestLength: Int { hash.length }

    /// Whether bytes can be what is signed, by their number: a digest, or for Ed25519 any message.
    func takes(_ input: [UInt8]) -> Bool { self == .edDSA || input.count == digestLength }

    /// `CKM_…` (PKCS #11 mechanisms, sections 2.1 and 2.3).
    var mechanism: UInt {
        if self == .edDSA { return UInt(CKM_EDDSA) }
        if isECDSA { return UInt(CKM_ECDSA) }
        return isPSS ? UInt(CKM_RSA_PKCS_PSS) : UInt(CKM_RSA_PKCS)
    }

    /// The mechanism's parameters, as they lie in memory.
    var parameters: [UInt8] {
        guard isPSS else { return [] }
        var parameters = CK_RSA_PKCS_PSS_PARAMS(
            hashAlg: hash.mechanism, mgf: hash.maskGeneration, sLen: UInt(hash.length))
        return unsafe withUnsafeBytes(of: &parameters) { unsafe Array($0) }
    }

    /// `CKK_…`, the kind of key that signs so.
    var keyType: UInt {
        if self == .edDSA { return UInt(CKK_EC_EDWARDS) }
        return isECDSA ? UInt(CKK_EC) : UInt(CKK_RSA)
    }

    /// What the mechanism takes: for PKCS #1 v1.5 a `DigestInfo` (RFC 8017 section 9.2), else what is signed itself.
    func input(_ signed: [UInt8]) -> [UInt8] {
        mechanism == UInt(CKM_RSA_PKCS) ? hash.digestInfoPrefix + signed : signed
    }

    /// Whether a signature has the scheme's length: r and s, each as long as the curve's order (RFC 7518 section 3.4);
    /// for RSA the modulus's, which has at least 1024 bits; 64 bytes for Ed25519.
    func fits(_ signature: [UInt8]) -> Bool {
        if self == .edDSA { return signature.count == 64 }
        return isECDSA ? signature.count == 2 * numberLength : signature.count >= 128
    }
}

extension TokenScheme {
    /// The hashes of the schemes.
    private enum Hash {
        case sha256, sha384, sha512

        var length: Int {
            switch self {
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }

        var mechanism: UInt {
            switch self {
            case .sha256: UInt(CKM_SHA256)
            case .sha384: UInt(CKM_SHA384)
            case .sha512: UInt(CKM_SHA512)
            }
        }

        var maskGeneration: UInt {
            switch self {
            case .sha256: UInt(CKG_MGF1_SHA256)
            case .sha384: UInt(CKG_MGF1_SHA384)
            case .sha512: UInt(CKG_MGF1_SHA512)
            }
        }

        /// The beginning of a `DigestInfo`, up to the digest: sequence, algorithm 2.16.840.1.101.3.4.2.n, octet string.
        var digestInfoPrefix: [UInt8] {
            let arc: UInt8 =
                switch self {
                case .sha256: 1
                case .sha384: 2
                case .sha512: 3
                }
            let count = UInt8(length)
            return [0x30, 17 + count, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, arc, 5, 0, 4, count]
        }
    }
}
