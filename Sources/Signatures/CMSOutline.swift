import ASN1

/// How much there is in a signed CMS message (RFC 5652 section 5.1), counted before OpenSSL makes anything of it: it takes
/// seconds over tens of thousands of certificates.
///
/// By hand: OpenSSL decodes a message whole. Nothing is read but tags and lengths, in DER or BER; what is odd elsewhere is
/// left to OpenSSL.
struct CMSOutline {
    /// No more than one above ``CMSMessage/maximumCertificates``.
    let certificateCount: Int
    /// No more than one above ``CMSMessage/maximumSigners``.
    let signerCount: Int
    /// Bytes of all but the enclosed content.
    let otherLength: Int

    /// Nil for what is no signed message, or has something behind it.
    init?(_ bytes: [UInt8]) {
        var walk = BERWalk(bytes)
        guard let outer = walk.element(at: 0, before: bytes.count), outer.tag == DER.Tag.sequence,
            outer.end == bytes.count,
            // The type, and the message under [0].
            let explicit = walk.children(of: outer, limit: 3)?.last, explicit.tag == DER.Tag.context(0),
            let signed = walk.children(of: explicit, limit: 2)?.first, signed.tag == DER.Tag.sequence,
            // The version, the digests' algorithms, the content; certificates and revocation lists; the signers.
            let members = walk.children(of: signed, limit: 7), members.count >= 4, members[2].tag == DER.Tag.sequence,
            let last = members.last, last.tag == DER.Tag.set,
            let signers = walk.children(of: last, limit: CMSMessage.maximumSigners + 1)
        else { return nil }
        var certificates: [BERWalk.Element] = []
        if let set = members.first(where: { $0.tag == DER.Tag.context(0) }) {
            guard let all = walk.children(of: set, limit: CMSMessage.maximumCertificates + 1) else { return nil }
            certificates = all
        }
        guard let content = walk.children(of: members[2], limit: 3) else { return nil }
        let enclosed = content.count == 2 ? content[1].end - content[1].start : 0
        certificateCount = certificates.count
        signerCount = signers.count
        otherLength = bytes.count - enclosed
    }
}
