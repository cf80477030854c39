import ASN1
import COpenSSL
import SecureMemory
public import SignedForms

/// Signatures over digests that were made elsewhere, by the schemes of RFC 7518.
extension Signer {
    /// The signature: as long as the modulus for RSA, `r ‖ s` for ECDSA; nil for a scheme that is not the key's, a digest
    /// of another length, or if OpenSSL fails.
    ///
    /// - Parameters:
    ///   - digest: for Ed25519 the message itself.
    ///   - secret: of ``PrivateKey/secret``.
    public static func sign(
        digest: [UInt8], _ scheme: SignatureScheme, with publicKey: PublicKey, _ secret: RawSpan
    ) -> [UInt8]? {
        guard scheme.takes(digest) else { return nil }
        return unsafe secret.withUnsafeBytes { secret in
            guard let numbers = unsafe SecretNumbers.read(secret) else { return nil }
            switch (publicKey.numbers, scheme.kind) {
            case (.ecdsa, .ecdsa): return unsafe ecdsa(digest, publicKey.algorithm, scheme, numbers)
            case (.rsa(let n, let e), .pkcs1), (.rsa(let n, let e), .pss):
                return unsafe rsa(digest, n, e, scheme, numbers)
            case (.ed25519, .edwards): return unsafe ed25519(digest, numbers)
            default: return nil
            }
        }
    }

    /// A message's digest; nil if OpenSSL fails.
    public static func digest(_ message: [UInt8], _ algorithm: MessageDigest.Algorithm) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: algorithm.length)
        let kind = unsafe function(algorithm)
        return unsafe EVP_Digest(message, message.count, &digest, nil, kind, nil) == 1 ? digest : nil
    }

    /// OpenSSL's function.
    static func function(_ algorithm: MessageDigest.Algorithm) -> OpaquePointer? {
        unsafe clave_openssl_sha2(algorithm.length)
    }

    private static func ecdsa(
        _ digest: [UInt8], _ curve: KeyAlgorithm, _ scheme: SignatureScheme, _ numbers: [UnsafeBufferPointer<UInt8>]
    ) -> [UInt8]? {
        let half = scheme.numberLength
        guard curve.curveLength == half, let pair = unsafe pair(digest, curve, numbers) else { return nil }
        defer { unsafe ECDSA_SIG_free(pair) }
        var signature = [UInt8](repeating: 0, count: 2 * half)
        let isWritten = unsafe signature.withUnsafeMutableBufferPointer { target in
            unsafe BN_bn2binpad(ECDSA_SIG_get0_r(pair), target.baseAddress, Int32(half)) == half
                && BN_bn2binpad(ECDSA_SIG_get0_s(pair), target.baseAddress! + half, Int32(half)) == half
        }
        return isWritten ? signature : nil
    }

    private static func rsa(
        _ digest: [UInt8], _ n: [UInt8], _ e: [UInt8], _ scheme: SignatureScheme,
        _ numbers: [UnsafeBufferPointer<UInt8>]
    ) -> [UInt8]? {
        guard let key = unsafe key(n, e, numbers) else { return nil }
        defer { unsafe RSA_free(key) }
        guard let encoded = unsafe encoded(digest, scheme, key, length: n.count) else { return nil }
        // Such keys sign now and then: a pair of their own is made each time.
        let state = SecretBytes(zeros: 1 + 2 * n.count)
        return state.withMutableBytes { state in
            RSABlinding.around(encoded, n, e, state: &state) { unsafe raised($0, key) }
        }
    }

    /// EMSA-PKCS1-v1_5 or EMSA-PSS (RFC 8017 sections 9.2 and 9.1); nil if the modulus is too short.
    private static func encoded(
        _ digest: [UInt8], _ scheme: SignatureScheme, _ key: OpaquePointer, length: Int
    ) -> [UInt8]? {
        guard scheme.kind == .pss else {
            return MessageDigest(scheme.digest, digest).flatMap { Self.encoded(DigestInfo.der(of: $0), length: length) }
        }
        var encoded = [UInt8](repeating: 0, count: length)
        let kind = unsafe function(scheme.digest)
        let outcome = unsafe RSA_padding_add_PKCS1_PSS_mgf1(
            key, &encoded, digest, kind, kind, Int32(scheme.digest.length))
        return outcome == 1 ? encoded : nil
    }
}

extension PublicKey {
    /// Whether a signature over what the scheme signs is this key's: over a digest, or for Ed25519 over the message itself.
    public func isValid(_ signature: [UInt8], ofInput input: [UInt8], _ scheme: SignatureScheme) -> Bool {
        guard scheme.signsMessage else { return isValid(signature, ofDigest: input, scheme) }
        guard case .ed25519(let key) = numbers else { return false }
        return SigningKey.isValid(signature, of: unsafe input.span.bytes, by: key)
    }

    /// Whether a signature over a digest is this key's.
    ///
    /// - Parameters:
    ///   - signature: as long as the modulus, or `r ‖ s`.
    ///   - digest: not for Ed25519, which signs no digest.
    public func isValid(_ signature: [UInt8], ofDigest digest: [UInt8], _ scheme: SignatureScheme) -> Bool {
        let isRSA = algorithm == .rsa
        guard !scheme.signsMessage, isRSA == (scheme.kind != .ecdsa), scheme.takes(digest),
            isRSA || scheme.numberLength == algorithm.curveLength,
            let form = isRSA ? signature : OpenSSLSignature.der(fromFixed: signature, half: algorithm.curveLength),
            let key = unsafe makeKey()
        else { return false }
        defer { unsafe EVP_PKEY_free(key) }
        guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { return false }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        let kind = unsafe Signer.function(scheme.digest)
        guard unsafe EVP_PKEY_verify_init(context) == 1, unsafe EVP_PKEY_CTX_set_signature_md(context, kind) == 1
        else { return false }
        let padding = scheme.kind == .pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING
        if isRSA, unsafe EVP_PKEY_CTX_set_rsa_padding(context, padding) != 1 { return false }
        if scheme.kind == .pss, unsafe EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) != 1 {
            return false
        }
        return unsafe EVP_PKEY_verify(context, form, form.count, digest, digest.count) == 1
    }
}

extension OpenSSLSignature {
    /// DER from `r ‖ s`; nil unless each is `half` bytes long.
    static func der(fromFixed signature: [UInt8], half: Int) -> [UInt8]? {
        guard half > 0, signature.count == 2 * half else { return nil }
        return DER.sequence(DER.integer(Array(signature[..<half])), DER.integer(Array(signature[half...])))
    }
}
