import COpenSSL
import SecureMemory
import SecureMessaging

/// An RSA key of 1024 bits, fresh, that can issue certificates as a card's maker does.
final class TestKey {
    private let handle: OpaquePointer

    init(bits: UInt32 = 1024) { handle = clave_openssl_make_rsa_key(bits)! }

    deinit { EVP_PKEY_free(handle) }

    private func number(_ number: OpaquePointer?) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(BN_num_bits(number) + 7) / 8)
        BN_bn2bin(number, &bytes)
        return bytes
    }

    var publicKey: CWAPublicKey {
        let key = EVP_PKEY_get0_RSA(handle)
        return CWAPublicKey(modulus: number(RSA_get0_n(key)), exponent: number(RSA_get0_e(key)))!
    }

    func privateKey() -> CWAPrivateKey {
        CWAPrivateKey(publicKey, exponent: secret(number(RSA_get0_d(EVP_PKEY_get0_RSA(handle)))))!
    }

    /// An X.509 certificate of another key, signed by this one; the issuer has the name of the set's root.
    func certificate(of other: TestKey, in set: CWAKeySet = .second) -> [UInt8] {
        let certificate = X509_new()
        defer { X509_free(certificate) }
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7)
        X509_gmtime_adj(X509_getm_notBefore(certificate), 0)
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600)
        X509_set_pubkey(certificate, other.handle)
        for name in [X509_get_subject_name(certificate), X509_get_issuer_name(certificate)] {
            X509_NAME_add_entry_by_txt(name, "CN", V_ASN1_UTF8STRING, "a test", -1, -1, 0)
        }
        let issuer = X509_get_issuer_name(certificate)
        for unit in ["DNIE", set.cardRootName] {
            X509_NAME_add_entry_by_txt(issuer, "OU", V_ASN1_UTF8STRING, unit, -1, -1, 0)
        }
        precondition(X509_sign(certificate, handle, EVP_sha256()) > 0)
        var pointer: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509(certificate, &pointer)
        defer { CRYPTO_free(pointer, "", 0) }
        return Array(UnsafeBufferPointer(start: pointer, count: Int(count)))
    }
}

/// Keys that take long to make, made once: a card root, an authority and two cards of it.
struct TestKeys: @unchecked Sendable {
    static let shared = TestKeys()

    let root = TestKey()
    let authority = TestKey()
    let card = TestKey()
    let other = TestKey()
}
