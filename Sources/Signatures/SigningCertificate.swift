import COpenSSL
import Certificates

/// The signed attribute signing-certificate-v2 (RFC 5035 section 3).
///
/// OpenSSL compares its digests with certificates, but keeps to itself by which algorithms they are made: those are read
/// here.
@safe
struct SigningCertificate: ~Copyable {
    /// Certificates that one attribute names.
    private static let maximumCount = 64

    private let pointer: OpaquePointer
    /// The first digest that is not one of SHA-2: its name. Nil if all are.
    let weakDigest: String?

    /// Reads an attribute's value; nil for what is none.
    init?(der: [UInt8]) {
        let read = unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            return unsafe d2i_ESS_SIGNING_CERT_V2(nil, &position, bytes.count)
        }
        guard let read = unsafe read else { return nil }
        guard let named = DERMembers(der)?.all.first, let entries = DERMembers(named.encoded)?.all,
            (1...Self.maximumCount).contains(entries.count)
        else {
            unsafe ESS_SIGNING_CERT_V2_free(read)
            return nil
        }
        unsafe pointer = read
        weakDigest = entries.lazy.compactMap(Self.weakDigest).first
    }

    deinit { unsafe ESS_SIGNING_CERT_V2_free(pointer) }

    /// Whether the first of the digests is this certificate's, and the others are of others in the message.
    func names(_ certificate: borrowing DecodedCertificate, among others: [[UInt8]]) -> Bool {
        guard let list = unsafe OPENSSL_sk_new_null() else { return false }
        defer { unsafe clave_openssl_certificates_free(list) }
        unsafe X509_up_ref(certificate.pointer)
        unsafe _ = OPENSSL_sk_push(list, UnsafeRawPointer(certificate.pointer))
        for der in others {
            guard let other = DecodedCertificate(der: der) else { continue }
            unsafe X509_up_ref(other.pointer)
            unsafe _ = OPENSSL_sk_push(list, UnsafeRawPointer(other.pointer))
        }
        return unsafe OSSL_ESS_check_signing_certs(nil, pointer, list, 1) > 0
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

/// The members of a `SEQUENCE` in DER, of tags of one byte.
struct DERMembers {
    struct Member {
        let tag: UInt8
        /// Tag, length and value.
        let encoded: [UInt8]
    }

    let all: [Member]

    /// Nil for what is no `SEQUENCE` of that kind and nothing else.
    init?(_ der: [UInt8]) {
        guard let outer = Self.split(der[...]), outer.header.tag == 0x30, outer.rest.isEmpty else { return nil }
        var members: [Member] = []
        var rest = outer.content
        while !rest.isEmpty {
            guard let next = Self.split(rest) else { return nil }
            members.append(Member(tag: next.header.tag, encoded: next.header.encoded))
            rest = next.rest
        }
        all = members
    }

    private static func split(
        _ bytes: ArraySlice<UInt8>
    ) -> (header: Member, content: ArraySlice<UInt8>, rest: ArraySlice<UInt8>)? {
        var rest = bytes
        guard let tag = rest.popFirst(), tag & 0x1F != 0x1F, var count = rest.popFirst().map(Int.init) else {
            return nil
        }
        if count >= 0x80 {
            let digits = count & 0x7F
            guard (1...3).contains(digits), rest.count >= digits else { return nil }
            count = rest.prefix(digits).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(digits)
        }
        guard count <= rest.count else { return nil }
        let content = rest.prefix(count)
        let after = rest.dropFirst(count)
        return (Member(tag: tag, encoded: Array(bytes[..<after.startIndex])), content, after)
    }
}
