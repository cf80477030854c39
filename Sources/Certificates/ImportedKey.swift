import COpenSSL
public import SecureMemory
public import SignedForms

/// A private key that was read from a file, in this process's memory; wiped when nobody holds it any more.
@safe
public final class ImportedKey {
    let key: OpaquePointer

    /// Takes over OpenSSL's key.
    init(owning key: OpaquePointer) { unsafe self.key = key }

    deinit { unsafe EVP_PKEY_free(key) }

    /// The key in PKCS#8 (RFC 5208), not encrypted; nil if memory is short.
    public func pkcs8() -> SecretBytes? {
        guard let information = unsafe EVP_PKEY2PKCS8(key) else { return nil }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(information) }
        var start: UnsafeMutablePointer<UInt8>?
        let count = Int(unsafe i2d_PKCS8_PRIV_KEY_INFO(information, &start))
        guard count > 0, let bytes = unsafe start else { return nil }
        defer { unsafe CRYPTO_clear_free(bytes, count, "", 0) }
        return unsafe SecretBytes(copying: RawSpan(_unsafeStart: UnsafeRawPointer(bytes), byteCount: count))
    }

    /// Whether the agent can hold it: RSA keys of two primes, and what is no longer than `limit` in PKCS#8.
    public func isKeepable(limit: Int) -> Bool {
        let isRSA = unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA
        if isRSA, unsafe RSA_get_multi_prime_extra_count(EVP_PKEY_get0_RSA(key)) != 0 { return false }
        guard let bytes = pkcs8() else { return false }
        return bytes.count <= limit
    }

    /// The signature over a digest: as long as the modulus for RSA, `r ‖ s` for ECDSA (RFC 7518 section 3.4).
    ///
    /// - Returns: nil for a scheme that is not one of this key, or if OpenSSL fails.
    public func sign(_ digest: MessageDigest, _ scheme: SignatureScheme) -> [UInt8]? {
        guard digest.algorithm == scheme.digest, let context = unsafe EVP_PKEY_CTX_new(key, nil) else { return nil }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        let isRSA = unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA
        guard isRSA == (scheme.kind != .ecdsa), unsafe EVP_PKEY_sign_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_signature_md(context, Self.digest(scheme.digest)) == 1
        else { return nil }
        if isRSA, unsafe EVP_PKEY_CTX_set_rsa_padding(context, Self.padding(scheme)) != 1 { return nil }
        if scheme.kind == .pss, unsafe EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) != 1 {
            return nil
        }
        var signature = [UInt8](repeating: 0, count: Int(unsafe EVP_PKEY_get_size(key)))
        var count = signature.count
        guard unsafe EVP_PKEY_sign(context, &signature, &count, digest.bytes, digest.bytes.count) == 1 else {
            return nil
        }
        signature.removeLast(signature.count - count)
        return isRSA ? signature : ECDSASignature.fixed(fromDER: signature, scheme)
    }

    private static func padding(_ scheme: SignatureScheme) -> Int32 {
        scheme.kind == .pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING
    }

    static func digest(_ algorithm: MessageDigest.Algorithm) -> OpaquePointer? {
        switch algorithm {
        case .sha256: unsafe EVP_sha256()
        case .sha384: unsafe EVP_sha384()
        case .sha512: unsafe EVP_sha512()
        }
    }
}

extension MessageDigest {
    /// The digest of content, of any of the three lengths; nil if OpenSSL fails.
    public init?(_ algorithm: Algorithm, of content: [UInt8]) {
        var digest = [UInt8](repeating: 0, count: algorithm.length)
        let kind = unsafe ImportedKey.digest(algorithm)
        guard unsafe EVP_Digest(content, content.count, &digest, nil, kind, nil) == 1 else { return nil }
        self.init(algorithm, digest)
    }
}

/// The two forms of an ECDSA signature.
public enum ECDSASignature {
    /// `r ‖ s` (RFC 7518 section 3.4) from DER (RFC 3279 section 2.2.3); nil for what is none.
    public static func fixed(fromDER der: [UInt8], _ scheme: SignatureScheme) -> [UInt8]? {
        let half = scheme.digest.length
        let pair = unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            return unsafe d2i_ECDSA_SIG(nil, &position, bytes.count)
        }
        guard let pair = unsafe pair else { return nil }
        defer { unsafe ECDSA_SIG_free(pair) }
        var signature = [UInt8](repeating: 0, count: 2 * half)
        let isWritten = unsafe signature.withUnsafeMutableBufferPointer { target in
            unsafe BN_bn2binpad(ECDSA_SIG_get0_r(pair), target.baseAddress, Int32(half)) == half
                && BN_bn2binpad(ECDSA_SIG_get0_s(pair), target.baseAddress! + half, Int32(half)) == half
        }
        return isWritten ? signature : nil
    }

    /// DER from `r ‖ s`, each half of it.
    public static func der(fromFixed signature: [UInt8]) -> [UInt8] {
        let half = signature.count / 2
        return DER.sequence(DER.integer(Array(signature[..<half])), DER.integer(Array(signature[half...])))
    }
}
