import COpenSSL

/// OpenSSL's form of a certificate (RFC 5280); freed with this.
@safe
struct OwnedCertificate: ~Copyable, @unchecked Sendable {
    /// Borrowed as long as this lives; no function here changes it.
    let pointer: OpaquePointer

    /// Takes over a certificate.
    init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

    /// Reads exactly one certificate in DER; nil for anything else.
    init?(der: [UInt8]) {
        let read = unsafe der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var position = bytes.baseAddress
            guard let read = unsafe d2i_X509(nil, &position, bytes.count) else { return nil }
            guard unsafe position == bytes.baseAddress! + bytes.count else {
                unsafe X509_free(read)
                return nil
            }
            return unsafe read
        }
        guard let read = unsafe read else {
            ERR_clear_error()
            return nil
        }
        unsafe pointer = read
    }

    deinit { unsafe X509_free(pointer) }

    /// The issuer's name in DER.
    var issuer: [UInt8] { unsafe derBytes { unsafe i2d_X509_NAME(X509_get_issuer_name(pointer), $0) } }

    /// The serial number in DER.
    var serial: [UInt8] { unsafe derBytes { unsafe i2d_ASN1_INTEGER(X509_get0_serialNumber(pointer), $0) } }

    /// The subject key identifier; nil if it names none.
    var keyIdentifier: [UInt8]? {
        guard let identifier = unsafe X509_get0_subject_key_id(pointer) else { return nil }
        let start = unsafe ASN1_STRING_get0_data(identifier)
        return unsafe Array(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(identifier))))
    }
}

/// A list of certificates, each of them held; freed with this.
@safe
struct CertificateList: ~Copyable, @unchecked Sendable {
    /// Borrowed as long as this lives.
    let pointer: OpaquePointer

    /// An empty list.
    init() { unsafe pointer = OPENSSL_sk_new_null()! }

    /// Takes over a list and its certificates.
    init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

    deinit { unsafe clave_openssl_certificates_free(pointer) }

    var count: Int { Int(unsafe OPENSSL_sk_num(pointer)) }

    /// A certificate of the list, borrowed as long as this lives.
    subscript(place: Int) -> OpaquePointer { unsafe OpaquePointer(OPENSSL_sk_value(pointer, Int32(place))) }

    /// Adds a certificate, of which the list holds a reference of its own.
    func add(_ certificate: OpaquePointer) {
        unsafe X509_up_ref(certificate)
        unsafe _ = OPENSSL_sk_push(pointer, UnsafeRawPointer(certificate))
    }

    /// A certificate in DER.
    func der(_ place: Int) -> [UInt8] { unsafe derBytes { unsafe i2d_X509(self[place], $0) } }
}

/// What one of OpenSSL's `i2d` functions writes; empty if it fails.
func derBytes(_ write: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>) -> Int32) -> [UInt8] {
    var encoded: UnsafeMutablePointer<UInt8>?
    let count = unsafe write(&encoded)
    guard count > 0, let start = unsafe encoded else { return [] }
    defer { unsafe CRYPTO_free(start, "", 0) }
    return unsafe Array(UnsafeBufferPointer(start: start, count: Int(count)))
}
