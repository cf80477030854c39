import COpenSSL
public import SignedForms

/// The public key that a certificate certifies: what tells whether a private key on a token is its own.
public struct CertifiedKey: Equatable, Sendable {
    /// The key's numbers, in the form in which tokens tell them.
    public enum Numbers: Equatable, Sendable {
        /// The modulus, big-endian, without zeros in front.
        case rsa(modulus: [UInt8])
        /// The point, uncompressed (SEC 1 section 2.3.3).
        case elliptic(point: [UInt8])
        /// The point (RFC 8032 section 5.1.2).
        case edwards(point: [UInt8])
        /// Of a kind that is not known here.
        case other
    }

    public let numbers: Numbers
    private let certificate: [UInt8]

    public static func == (one: CertifiedKey, other: CertifiedKey) -> Bool {
        one.numbers == other.numbers && (one.numbers != .other || one.certificate == other.certificate)
    }

    /// The key of a certificate in DER; nil for what is none.
    public init?(certificate der: [UInt8]) {
        guard let certificate = DecodedCertificate(der: der), let key = unsafe X509_get0_pubkey(certificate.pointer)
        else { return nil }
        self.certificate = der
        numbers = unsafe Self.numbers(key)
    }

    private static func numbers(_ key: OpaquePointer) -> Numbers {
        switch unsafe EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA, EVP_PKEY_RSA_PSS:
            guard let rsa = unsafe EVP_PKEY_get0_RSA(key), let n = unsafe RSA_get0_n(rsa) else { return .other }
            var modulus = [UInt8](repeating: 0, count: (Int(unsafe BN_num_bits(n)) + 7) / 8)
            _ = unsafe BN_bn2bin(n, &modulus)
            return .rsa(modulus: modulus)
        case EVP_PKEY_EC:
            guard let ec = unsafe EVP_PKEY_get0_EC_KEY(key), let group = unsafe EC_KEY_get0_group(ec),
                let half = unsafe EC_KEY_get0_public_key(ec)
            else { return .other }
            let form = POINT_CONVERSION_UNCOMPRESSED
            var point = [UInt8](
                repeating: 0, count: unsafe EC_POINT_point2oct(group, half, form, nil, 0, nil))
            let count = unsafe EC_POINT_point2oct(group, half, form, &point, point.count, nil)
            return count > 0 && count == point.count ? .elliptic(point: point) : .other
        case EVP_PKEY_ED25519:
            var point = [UInt8](repeating: 0, count: 32)
            var count = point.count
            let isRead = unsafe EVP_PKEY_get_raw_public_key(key, &point, &count) == 1
            return isRead && count == point.count ? .edwards(point: point) : .other
        default: return .other
        }
    }

    /// Whether a signature is this key's.
    ///
    /// - Parameters:
    ///   - signature: as long as the modulus for RSA, `r ‖ s` for ECDSA, 64 bytes for Ed25519.
    ///   - input: the digest that was signed; for Ed25519 the message.
    public func verifies(_ signature: [UInt8], of input: [UInt8], _ scheme: SignatureScheme) -> Bool {
        defer { ERR_clear_error() }
        guard scheme.takes(input), let decoded = DecodedCertificate(der: certificate),
            let key = unsafe X509_get0_pubkey(decoded.pointer)
        else { return false }
        return scheme.signsMessage
            ? unsafe Self.verifies(signature, ofMessage: input, key)
            : unsafe Self.verifies(signature, ofDigest: input, scheme, key)
    }

    private static func verifies(_ signature: [UInt8], ofMessage message: [UInt8], _ key: OpaquePointer) -> Bool {
        guard unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519, let context = unsafe EVP_MD_CTX_new() else {
            return false
        }
        defer { unsafe EVP_MD_CTX_free(context) }
        return unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    private static func verifies(
        _ signature: [UInt8], ofDigest digest: [UInt8], _ scheme: SignatureScheme, _ key: OpaquePointer
    ) -> Bool {
        guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { return false }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_verify_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_signature_md(context, ImportedKey.digest(scheme.digest)) == 1
        else { return false }
        var form = signature
        switch scheme.kind {
        case .ecdsa:
            guard signature.count == 2 * scheme.numberLength else { return false }
            form = ECDSASignature.der(fromFixed: signature)
        case .pkcs1:
            guard unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 else { return false }
        case .pss:
            guard unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1,
                unsafe EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1
            else { return false }
        case .edwards: return false
        }
        return unsafe EVP_PKEY_verify(context, form, form.count, digest, digest.count) == 1
    }
}
