import CP11Kit
import SignedForms

/// How a key on a token signs by a scheme.
extension SignatureScheme {
    /// `CKM_…` (PKCS #11 mechanisms, sections 2.1 and 2.3).
    var mechanism: UInt {
        switch kind {
        case .pkcs1: UInt(CKM_RSA_PKCS)
        case .pss: UInt(CKM_RSA_PKCS_PSS)
        case .ecdsa: UInt(CKM_ECDSA)
        case .edwards: UInt(CKM_EDDSA)
        }
    }

    /// The mechanism's parameters, as they lie in memory.
    var parameters: [UInt8] {
        guard kind == .pss else { return [] }
        var parameters = CK_RSA_PKCS_PSS_PARAMS(
            hashAlg: digest.mechanism, mgf: digest.maskGeneration, sLen: UInt(digest.length))
        return unsafe withUnsafeBytes(of: &parameters) { unsafe Array($0) }
    }

    /// `CKK_…`, the kind of key that signs so.
    var keyType: UInt {
        switch kind {
        case .pkcs1, .pss: UInt(CKK_RSA)
        case .ecdsa: UInt(CKK_EC)
        case .edwards: UInt(CKK_EC_EDWARDS)
        }
    }

    /// What the mechanism takes: for PKCS #1 v1.5 a `DigestInfo`, else what is signed itself; nil for a digest of another
    /// length than the scheme's.
    func mechanismInput(_ signed: [UInt8]) -> [UInt8]? {
        guard takes(signed) else { return nil }
        return kind == .pkcs1 ? MessageDigest(digest, signed).map(DigestInfo.der) : signed
    }

    /// Whether a signature has the scheme's length: r and s, each as long as the curve's order (RFC 7518 section 3.4);
    /// for RSA the modulus's, which has at least 1024 bits; 64 bytes for Ed25519.
    func fits(_ signature: [UInt8]) -> Bool {
        switch kind {
        case .pkcs1, .pss: signature.count >= 128
        case .ecdsa: signature.count == 2 * numberLength
        case .edwards: signature.count == 64
        }
    }
}

extension MessageDigest.Algorithm {
    fileprivate var mechanism: UInt {
        switch self {
        case .sha256: UInt(CKM_SHA256)
        case .sha384: UInt(CKM_SHA384)
        case .sha512: UInt(CKM_SHA512)
        }
    }

    fileprivate var maskGeneration: UInt {
        switch self {
        case .sha256: UInt(CKG_MGF1_SHA256)
        case .sha384: UInt(CKG_MGF1_SHA384)
        case .sha512: UInt(CKG_MGF1_SHA512)
        }
    }
}
