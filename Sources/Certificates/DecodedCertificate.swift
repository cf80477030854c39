import ASN1
import COpenSSL
import SignedForms

/// A certificate as OpenSSL holds it.
@safe
package struct DecodedCertificate: ~Copyable {
    /// Borrowed as long as this lives.
    package let pointer: OpaquePointer

    /// Takes over OpenSSL's certificate.
    package init(owning pointer: OpaquePointer) { unsafe self.pointer = pointer }

    /// Reads exactly one certificate in DER; nil for anything else: what stands behind a certificate is nobody's.
    package init?(der: [UInt8]) {
        guard der.count <= HolderCertificate.maximumLength else { return nil }
        let pointer = unsafe der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var position = bytes.baseAddress
            guard let certificate = unsafe d2i_X509(nil, &position, bytes.count) else { return nil }
            if unsafe position == bytes.baseAddress! + bytes.count { return unsafe certificate }
            unsafe X509_free(certificate)
            return nil
        }
        guard let pointer = unsafe pointer else { return nil }
        unsafe self.pointer = pointer
    }

    deinit { unsafe X509_free(pointer) }

    /// The certificate in DER; empty if memory is short.
    package var der: [UInt8] { unsafe Self.bytes { target in unsafe i2d_X509(pointer, target) } }

    /// `IssuerAndSerialNumber` (RFC 5652 section 10.2.4).
    var issuerAndSerialNumber: [UInt8] {
        DER.sequence(
            unsafe Self.bytes { target in unsafe i2d_X509_NAME(X509_get_issuer_name(pointer), target) },
            unsafe Self.bytes { target in unsafe i2d_ASN1_INTEGER(X509_get0_serialNumber(pointer), target) })
    }

    /// Whether `issuer` has issued it, by the names and key identifiers; the signature is not verified.
    func isIssued(by issuer: borrowing DecodedCertificate) -> Bool {
        unsafe X509_check_issued(issuer.pointer, pointer) == X509_V_OK
    }

    /// What OpenSSL writes, in an array.
    private static func bytes(_ write: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>) -> Int32) -> [UInt8] {
        var start: UnsafeMutablePointer<UInt8>?
        let count = unsafe write(&start)
        guard count > 0, let bytes = unsafe start else { return [] }
        defer { unsafe CRYPTO_free(bytes, "", 0) }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
}
