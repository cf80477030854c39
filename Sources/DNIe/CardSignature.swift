import COpenSSL
import SignedForms

/// Digests as a card signs them, and whether it has.
public enum CardSignature {
    /// `DigestInfo` of a digest, by the name of the algorithm (RFC 7518 section 3.1); nil for an algorithm that a DNIe has
    /// not, or a digest of another length. PKCS #1 1.5 alone: the card makes no PSS of a digest.
    public static func digestInfo(_ algorithm: String, _ digest: [UInt8]) -> [UInt8]? {
        guard let scheme = SignatureScheme(rawValue: algorithm), scheme.kind == .pkcs1 else { return nil }
        return MessageDigest(scheme.digest, digest).map(DigestInfo.der)
    }

    /// Whether a signature is by the key of a certificate.
    static func isRight(_ signature: [UInt8], over digestInfo: [UInt8], by certificate: [UInt8]) -> Bool {
        defer { ERR_clear_error() }
        let read = unsafe certificate.withUnsafeBufferPointer { bytes in
            var place = bytes.baseAddress
            return unsafe d2i_X509(nil, &place, bytes.count)
        }
        guard let read = unsafe read else { return false }
        defer { unsafe X509_free(read) }
        guard let key = unsafe X509_get0_pubkey(read), let context = unsafe EVP_PKEY_CTX_new(key, nil) else {
            return false
        }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        return unsafe EVP_PKEY_verify_init(context) == 1
            && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
            && EVP_PKEY_verify(context, signature, signature.count, digestInfo, digestInfo.count) == 1
    }
}
