import COpenSSL
import SignedForms

extension HolderCertificate {
    /// What OpenSSL's public key is.
    static func key(_ key: OpaquePointer?) -> Key {
        guard let key = unsafe key else { return .other }
        switch unsafe EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA: return .rsa(bits: Int(unsafe EVP_PKEY_get_bits(key)))
        case EVP_PKEY_RSA_PSS:
            return .rsaPSS(bits: Int(unsafe EVP_PKEY_get_bits(key)), schemes: unsafe schemes(forPSS: key))
        case EVP_PKEY_EC: return unsafe curve(key)
        case EVP_PKEY_ED25519: return .ed25519
        default: return .other
        }
    }

    private static func curve(_ key: OpaquePointer) -> Key {
        let curve = unsafe EVP_PKEY_get0_EC_KEY(key).map { unsafe EC_GROUP_get_curve_name(EC_KEY_get0_group($0)) }
        switch curve {
        case NID_X9_62_prime256v1: return .p256
        case NID_secp384r1: return .p384
        case NID_secp521r1: return .p521
        default: return .other
        }
    }

    /// The schemes that a key's parameters allow: they name one digest, for the mask too, and the shortest salt
    /// (RFC 4055 section 3.1). OpenSSL is asked to begin a signature's verification by each.
    private static func schemes(forPSS key: OpaquePointer) -> [SignatureScheme] {
        defer { ERR_clear_error() }
        return [SignatureScheme.ps256, .ps384, .ps512].filter { scheme in
            guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { return false }
            defer { unsafe EVP_PKEY_CTX_free(context) }
            let digest = unsafe ImportedKey.digest(scheme.digest)
            return unsafe EVP_PKEY_verify_init(context) == 1
                && EVP_PKEY_CTX_set_signature_md(context, digest) == 1
                && EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, Int32(scheme.digest.length)) == 1
        }
    }
}
