import COpenSSL
import Certificates

/// The signed attribute signing-certificate-v2 (RFC 5035 section 3).
///
/// OpenSSL compares its digests with certificates, but keeps to itself by which algorithms they are made: those are read
/// here.
@safe
struct SigningCertificate: ~Copyable {
    /// Certificates that one attribute names.
    static let maximumCount = 64

    private let pointer: OpaquePointer
    /// The first digest that is not one of SHA-2: its name. Nil if all are.
    let weakDigest: String?

    /// Reads an attribute's value; nil for what is none.
    init?(der: [UInt8]) {
        guard let named = DERMembers(der)?.all.first, let entries = DERMembers(named.encoded)?.all,
            (1...Self.maximumCount).contains(entries.count)
        else { return nil }
        let read = unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            return unsafe d2i_ESS_SIGNING_CERT_V2(nil, &position, bytes.count)
        }
        guard let read = unsafe read else { return nil }
        unsafe pointer = read
        weakDigest = entries.lazy.compactMap(Self.weakDigest).first
    }

    deinit { unsafe ESS_SIGNING_CERT_V2_free(pointer) }

    /// Whether the first of the digests is this certificate's, and the others are of others in the message.
    func names(_ certificate: borrowing DecodedCertificate, among others: [[UInt8]]) -> Bool {
        guard let list = CertificateList([certificate.der] + others) else { return false }
        return unsafe OSSL_ESS_check_signing_certs(nil, pointer, list.pointer, 1) > 0
    }

    /// `ESSCertIDv2`: an algorithm, which is SHA-256 if it is left out, and a digest.
    private static func weakDigest(_ entry: DERMembers.Member) -> String? {
        guard let algorithm = DERMembers(entry.encoded)?.all.first else { return "?" }
        guard algorithm.tag == 0x30 else { return nil }
        guard let identifier = DERMembers(algorithm.encoded)?.all.first, identifier.tag == 0x06 else { return "?" }
        let number = unsafe identifier.encoded.withUnsafeBufferPointer { bytes -> Int32 in
            var position = bytes.baseAddress
            let object = unsafe d2i_ASN1_OBJECT(nil, &position, bytes.count)
            defer { unsafe ASN1_OBJECT_free(object) }
            return unsafe OBJ_obj2nid(object)
        }
        return [NID_sha256, NID_sha384, NID_sha512].contains(number) ? nil : CMSSigner.name(number)
    }
}

/// The signed attribute signing-certificate (RFC 2634 section 5.4), which has SHA-1 alone.
@safe
struct FirstSigningCertificate: ~Copyable {
    private let pointer: OpaquePointer

    /// Reads an attribute's value; nil for what is none, and for one that names no certificate.
    init?(der: [UInt8]) {
        guard let named = DERMembers(der)?.all.first, let entries = DERMembers(named.encoded)?.all,
            (1...SigningCertificate.maximumCount).contains(entries.count)
        else { return nil }
        let read = unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            return unsafe d2i_ESS_SIGNING_CERT(nil, &position, bytes.count)
        }
        guard let read = unsafe read else { return nil }
        unsafe pointer = read
    }

    deinit { unsafe ESS_SIGNING_CERT_free(pointer) }

    /// Whether the first of the digests is this certificate's, and the others are of others in the message.
    func names(_ certificate: borrowing DecodedCertificate, among others: [[UInt8]]) -> Bool {
        guard let list = CertificateList([certificate.der] + others) else { return false }
        return unsafe OSSL_ESS_check_signing_certs(pointer, nil, list.pointer, 1) > 0
    }
}
