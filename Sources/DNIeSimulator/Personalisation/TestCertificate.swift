import COpenSSL
import SecureMemory

/// A certificate of the simulator's own authorities (RFC 5280).
@safe final class TestCertificate {
    /// One attribute of a name: OpenSSL's short name of its type, and its value.
    typealias Attribute = (type: String, value: String)

    private static let day = 86_400

    let pointer: OpaquePointer

    /// Makes a certificate and signs it by SHA-256.
    ///
    /// - Parameters:
    ///   - issuer: the authority; nil for a root, which signs itself.
    ///   - extensions: OpenSSL's number and configuration syntax of each.
    init(
        _ subject: [Attribute], key: CardKey, issuer: TestCertificate?, issuerKey: CardKey,
        extensions: [(Int32, String)]
    ) throws(CardFolderError) {
        guard let certificate = unsafe X509_new() else { throw CardFolderError("no memory") }
        unsafe pointer = certificate
        try unsafe Self.fill(certificate, subject, isRoot: issuer == nil)
        let issuerName = unsafe X509_get_subject_name(issuer?.pointer ?? certificate)
        guard unsafe X509_set_pubkey(certificate, key.pointer) == 1,
            unsafe X509_set_issuer_name(certificate, issuerName) == 1
        else { throw CardFolderError("a certificate can't be made") }
        for (number, value) in extensions {
            let above = unsafe issuer?.pointer ?? certificate
            guard unsafe clave_openssl_add_extension(certificate, above, number, value) == 1 else {
                throw CardFolderError("an extension can't be made: \(value)")
            }
        }
        guard unsafe X509_sign(certificate, issuerKey.pointer, EVP_sha256()) > 0 else {
            throw CardFolderError("a certificate can't be signed")
        }
    }

    deinit { unsafe X509_free(pointer) }

    private static func fill(
        _ certificate: OpaquePointer, _ subject: [Attribute], isRoot: Bool
    ) throws(CardFolderError) {
        unsafe X509_set_version(certificate, 2)
        let serial = [0x40 | randomBytes(1)[0] & 0x3F] + randomBytes(15)
        let number = unsafe BN_bin2bn(serial, Int32(serial.count), nil)
        unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate))
        unsafe BN_free(number)
        unsafe X509_gmtime_adj(X509_getm_notBefore(certificate), -3600)
        unsafe X509_gmtime_adj(X509_getm_notAfter(certificate), (isRoot ? 7300 : 3650) * day)
        let name = unsafe X509_get_subject_name(certificate)
        for (type, value) in subject {
            // 0x1000 is MBSTRING_UTF8: what fits becomes a PrintableString where the type wants one.
            let text = Array(value.utf8)
            guard unsafe X509_NAME_add_entry_by_txt(name, type, 0x1000, text, Int32(text.count), -1, 0) == 1 else {
                throw CardFolderError("a name can't have this: \(value)")
            }
        }
    }

    /// The certificate in DER.
    var der: [UInt8] { unsafe encoded { unsafe i2d_X509(pointer, $0) } }

    /// The subject's name in DER.
    var subject: [UInt8] { unsafe encoded { unsafe i2d_X509_NAME(X509_get_subject_name(pointer), $0) } }

    /// The issuer's name in DER.
    var issuer: [UInt8] { unsafe encoded { unsafe i2d_X509_NAME(X509_get_issuer_name(pointer), $0) } }

    /// The serial number in DER.
    var serial: [UInt8] { unsafe encoded { unsafe i2d_ASN1_INTEGER(X509_get0_serialNumber(pointer), $0) } }

    /// The certificate in PEM.
    func pem() -> [UInt8]? { unsafe memoryBytes { unsafe PEM_write_bio_X509($0, pointer) } }

    private func encoded(_ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = unsafe encode(&bytes)
        guard count > 0 else { return [] }
        defer { unsafe CRYPTO_free(bytes, "", 0) }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
}
