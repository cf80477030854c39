import COpenSSL
import Certificates

/// OpenSSL's list of certificates, each of which it holds; freed with this.
@safe
struct CertificateList: ~Copyable {
    /// Borrowed as long as this lives.
    let pointer: OpaquePointer

    /// A list of certificates in DER, but for what is none; nil if there is no memory for it.
    init?(_ certificates: [[UInt8]]) {
        guard let list = unsafe OPENSSL_sk_new_null() else { return nil }
        unsafe pointer = list
        for der in certificates {
            guard let certificate = DecodedCertificate(der: der) else { continue }
            unsafe X509_up_ref(certificate.pointer)
            unsafe _ = OPENSSL_sk_push(list, UnsafeRawPointer(certificate.pointer))
        }
    }

    deinit { unsafe clave_openssl_certificates_free(pointer) }
}
