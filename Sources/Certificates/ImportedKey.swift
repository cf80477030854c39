import ASN1
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

    /// Whether it is an RSA key, also one for PSS alone.
    private var isRSA: Bool {
        let kind = unsafe EVP_PKEY_get_base_id(key)
        return kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS
    }

    /// Whether it is an RSA key of more than two primes (RFC 8017 section 3.2), for which the agent has no form.
    public var hasManyPrimes: Bool {
        unsafe isRSA && RSA_get_multi_prime_extra_count(EVP_PKEY_get0_RSA(key)) != 0
    }

    /// The signature over a message: as long as the modulus for RSA, `r ‖ s` for ECDSA (RFC 7518 section 3.4), 64 bytes for
    /// Ed25519.
    ///
    /// - Returns: nil for a scheme that is not one of this key, or if OpenSSL fails.
    public func sign(_ message: [UInt8], _ scheme: SignatureScheme) -> [UInt8]? {
        if scheme.kind == .edwards { return edwardsSignature(message) }
        return MessageDigest(scheme.digest, of: message).flatMap { sign($0, scheme) }
    }

    private func edwardsSignature(_ message: [UInt8]) -> [UInt8]? {
        guard unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519, let context = unsafe EVP_MD_CTX_new() else {
            return nil
        }
        defer { unsafe EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: 64)
        var count = signature.count
        guard unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
            unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1, count == signature.count
        else { return nil }
        return signature
    }

    private func sign(_ digest: MessageDigest, _ scheme: SignatureScheme) -> [UInt8]? {
        guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { return nil }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        let isRSA = isRSA
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

    /// OpenSSL's function.
    static func digest(_ algorithm: MessageDigest.Algorithm) -> OpaquePointer? {
        unsafe clave_openssl_sha2(algorithm.length)
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
        let half = scheme.numberLength
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
