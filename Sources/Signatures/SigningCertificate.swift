import ASN1
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
        guard let entries = try? Self.entries(der), !entries.isEmpty else { return nil }
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
        let list = CertificateList([certificate.der] + others)
        return unsafe OSSL_ESS_check_signing_certs(nil, pointer, list.pointer, 1) > 0
    }

    /// What names the certificates, in both attributes: `SEQUENCE { SEQUENCE OF …, policies }`.
    ///
    /// OpenSSL, which decodes an attribute next, takes lengths that are longer than need be.
    static func entries(_ der: [UInt8]) throws(ASN1Error) -> [DERReader.Element] {
        var reader = DERReader(der[...], allowsLongLengths: true)
        var attribute = try reader.inside(DER.Tag.sequence, "signing-certificate")
        try reader.end("signing-certificate")
        var list = try attribute.inside(DER.Tag.sequence, "certificates")
        _ = try attribute.elements(limit: 1, "policies")
        return try list.elements(limit: maximumCount, "certificates")
    }

    /// `ESSCertIDv2`: an algorithm, which is SHA-256 if it is left out, and a digest.
    private static func weakDigest(_ entry: DERReader.Element) -> String? {
        guard let algorithm = try? members(of: entry).first else { return "?" }
        guard algorithm.tag == DER.Tag.sequence else { return nil }
        guard let identifier = try? members(of: algorithm).first, identifier.tag == DER.Tag.identifier else {
            return "?"
        }
        let number = unsafe Array(identifier.encoded).withUnsafeBufferPointer { bytes -> Int32 in
            var position = bytes.baseAddress
            let object = unsafe d2i_ASN1_OBJECT(nil, &position, bytes.count)
            defer { unsafe ASN1_OBJECT_free(object) }
            return unsafe OBJ_obj2nid(object)
        }
        return [NID_sha256, NID_sha384, NID_sha512].contains(number) ? nil : CMSSigner.name(number)
    }

    /// All members of a `SEQUENCE`, so that none of unknown length passes; an entry has the most, its issuer the third.
    private static func members(of element: DERReader.Element) throws(ASN1Error) -> [DERReader.Element] {
        var reader = DERReader(element.encoded, allowsLongLengths: true)
        var sequence = try reader.inside(DER.Tag.sequence, "sequence")
        return try sequence.elements(limit: 3, "members")
    }
}

/// The signed attribute signing-certificate (RFC 2634 section 5.4), which has SHA-1 alone.
@safe
struct FirstSigningCertificate: ~Copyable {
    private let pointer: OpaquePointer

    /// Reads an attribute's value; nil for what is none, and for one that names no certificate.
    init?(der: [UInt8]) {
        guard let entries = try? SigningCertificate.entries(der), !entries.isEmpty else { return nil }
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
        let list = CertificateList([certificate.der] + others)
        return unsafe OSSL_ESS_check_signing_certs(pointer, nil, list.pointer, 1) > 0
    }
}
