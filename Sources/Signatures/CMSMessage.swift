import COpenSSL
import Certificates
import SignedForms

/// A signed CMS message (RFC 5652 section 5) as OpenSSL holds it; freed with this.
@safe
struct CMSMessage: ~Copyable {
    /// Signers, and certificates, of one message.
    static let maximumSigners = 16
    static let maximumCertificates = 64

    /// Borrowed as long as this lives.
    let pointer: OpaquePointer

    /// Reads exactly one message; nil for anything else.
    init?(der: [UInt8]) {
        let read = unsafe der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var position = bytes.baseAddress
            guard let read = unsafe d2i_CMS_ContentInfo(nil, &position, bytes.count) else { return nil }
            if unsafe position == bytes.baseAddress! + bytes.count { return unsafe read }
            unsafe CMS_ContentInfo_free(read)
            return nil
        }
        guard let read = unsafe read else {
            ERR_clear_error()
            return nil
        }
        unsafe pointer = read
    }

    deinit {
        unsafe CMS_ContentInfo_free(pointer)
        ERR_clear_error()
    }

    /// How many have signed; -1 if it is no signed message.
    var signerCount: Int { Int(unsafe clave_openssl_signer_count(pointer)) }

    /// The content, if it is inside.
    var content: [UInt8]? {
        guard let place = unsafe CMS_get0_content(pointer), let content = unsafe place.pointee else { return nil }
        return unsafe Self.bytes(content)
    }

    /// The digests that its signers have used, as far as they are known here.
    var algorithms: Set<MessageDigest.Algorithm> {
        Set(signers { $0.algorithm }.compactMap(\.self))
    }

    /// What is made of each signer.
    func signers<Result>(_ make: (CMSSigner) -> Result) -> [Result] {
        (0..<max(0, signerCount)).map { make(unsafe CMSSigner(clave_openssl_signer(pointer, Int32($0)))) }
    }

    /// The certificates in it, in DER.
    func certificates() -> [[UInt8]] {
        guard let list = unsafe CMS_get1_certs(pointer) else { return [] }
        defer { unsafe clave_openssl_certificates_free(list) }
        return (0..<min(Int(unsafe OPENSSL_sk_num(list)), Self.maximumCertificates + 1)).compactMap { place in
            guard let certificate = unsafe OpaquePointer(OPENSSL_sk_value(list, Int32(place))) else { return nil }
            unsafe X509_up_ref(certificate)
            return unsafe DecodedCertificate(owning: certificate).der
        }
    }

    /// The bytes of OpenSSL's string.
    static func bytes(_ string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
        unsafe Array(
            UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
    }
}
