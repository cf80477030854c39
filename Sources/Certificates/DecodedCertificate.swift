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
    package var der: [UInt8] { unsafe derBytes { unsafe i2d_X509(pointer, $0) } }

    /// The issuer's name in DER.
    package var issuer: [UInt8] { unsafe derBytes { unsafe i2d_X509_NAME(X509_get_issuer_name(pointer), $0) } }

    /// The serial number in DER.
    package var serial: [UInt8] { unsafe derBytes { unsafe i2d_ASN1_INTEGER(X509_get0_serialNumber(pointer), $0) } }

    /// The subject key identifier (RFC 5280 section 4.2.1.2); nil if it names none.
    package var keyIdentifier: [UInt8]? {
        guard let identifier = unsafe X509_get0_subject_key_id(pointer) else { return nil }
        let start = unsafe ASN1_STRING_get0_data(identifier)
        return unsafe Array(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(identifier))))
    }

    /// `IssuerAndSerialNumber` (RFC 5652 section 10.2.4).
    var issuerAndSerialNumber: [UInt8] { DER.sequence(issuer, serial) }

    /// Whether `issuer` has issued it, by the names and key identifiers; the signature is not verified.
    func isIssued(by issuer: borrowing DecodedCertificate) -> Bool {
        unsafe X509_check_issued(issuer.pointer, pointer) == X509_V_OK
    }
}
