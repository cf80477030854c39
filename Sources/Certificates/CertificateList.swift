import COpenSSL

/// OpenSSL's list of certificates, each of which it holds; freed with this.
@safe
package struct CertificateList: ~Copyable, @unchecked Sendable {
    /// Borrowed as long as this lives.
    package let pointer: OpaquePointer

    /// An empty list.
    package init() { unsafe pointer = OPENSSL_sk_new_null()! }

    /// A list of certificates in DER; what is none is left out.
    package init(_ certificates: [[UInt8]]) {
        self.init()
        for der in certificates {
            if let certificate = DecodedCertificate(der: der) { unsafe add(certificate.pointer) }
        }
        ERR_clear_error()
    }

    /// Takes over a list and its certificates.
    package init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

    deinit { unsafe clave_openssl_certificates_free(pointer) }

    /// How many there are.
    package var count: Int { Int(unsafe OPENSSL_sk_num(pointer)) }

    /// A certificate of the list, borrowed as long as this lives.
    package subscript(place: Int) -> OpaquePointer { unsafe OpaquePointer(OPENSSL_sk_value(pointer, Int32(place))) }

    /// Adds a certificate, of which the list holds a reference of its own.
    package func add(_ certificate: OpaquePointer) {
        unsafe X509_up_ref(certificate)
        unsafe _ = OPENSSL_sk_push(pointer, UnsafeRawPointer(certificate))
    }

    /// A certificate in DER.
    package func der(_ place: Int) -> [UInt8] { unsafe derBytes { unsafe i2d_X509(self[place], $0) } }
}

/// What one of OpenSSL's `i2d` functions writes; empty if it fails.
package func derBytes(_ write: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>) -> Int32) -> [UInt8] {
    var encoded: UnsafeMutablePointer<UInt8>?
    let count = unsafe write(&encoded)
    guard count > 0, let start = unsafe encoded else { return [] }
    defer { unsafe CRYPTO_free(start, "", 0) }
    return unsafe Array(UnsafeBufferPointer(start: start, count: Int(count)))
}
