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
        guard let outer = walk.element(at: 0, before: bytes.count), outer.tag == 0x30, outer.end == bytes.count,
            // The type, and the message under [0].
            let explicit = walk.children(of: outer, limit: 3)?.last, explicit.tag == 0xA0,
            let signed = walk.children(of: explicit, limit: 2)?.first, signed.tag == 0x30,
            // The version, the digests' algorithms, the content; certificates and revocation lists; the signers.
            let members = walk.children(of: signed, limit: 7), members.count >= 4, members[2].tag == 0x30,
            let last = members.last, last.tag == 0x31,
            let signers = walk.children(of: last, limit: CMSMessage.maximumSigners + 1)
        else { return nil }
        var certificates: [BERWalk.Element] = []
        if let set = members.first(where: { $0.tag == 0xA0 }) {
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

/// Steps through values in BER (ITU-T X.690 section 8), of tags of one byte.
struct BERWalk {
    /// Values of unknown length in each other.
    private static let maximumDepth = 16
    /// Values that are looked at: a content of 64 MiB in parts of a kilobyte has 65,536, seen once at each depth.
    private static let maximumCount = 2_097_152

    struct Element {
        let tag: UInt8
        /// Where the tag is.
        let start: Int
        /// The value, without the two zeros that end one of unknown length.
        let value: Range<Int>
        /// Where the next begins.
        let end: Int
    }

    private let bytes: [UInt8]
    private var count = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The value that begins here; nil if it is broken, or the limits are met.
    mutating func element(at start: Int, before limit: Int, depth: Int = 0) -> Element? {
        count += 1
        guard count <= Self.maximumCount, depth < Self.maximumDepth, limit - start >= 2, bytes[start] & 0x1F != 0x1F
        else { return nil }
        let (tag, first, begin) = (bytes[start], Int(bytes[start + 1]), start + 2)
        guard first != 0x80 else { return unbounded(tag, start, before: limit, depth: depth) }
        guard first > 0x80 else {
            guard first <= limit - begin else { return nil }
            return Element(tag: tag, start: start, value: begin..<begin + first, end: begin + first)
        }
        let digits = first & 0x7F
        guard digits <= limit - begin else { return nil }
        let number = bytes[begin..<begin + digits].drop { $0 == 0 }
        guard number.count <= 4 else { return nil }
        let (length, place) = (number.reduce(0) { $0 << 8 | Int($1) }, begin + digits)
        guard length <= limit - place else { return nil }
        return Element(tag: tag, start: start, value: place..<place + length, end: place + length)
    }

    /// A value of unknown length (section 8.1.3.6): two zeros end it.
    private mutating func unbounded(_ tag: UInt8, _ start: Int, before limit: Int, depth: Int) -> Element? {
        // Only a value that is made of others can be one.
        guard tag & 0x20 != 0 else { return nil }
        var place = start + 2
        while limit - place >= 2 {
            if bytes[place] == 0, bytes[place + 1] == 0 {
                return Element(tag: tag, start: start, value: start + 2..<place, end: place + 2)
            }
            guard let next = element(at: place, before: limit, depth: depth + 1) else { return nil }
            place = next.end
        }
        return nil
    }

    /// The first `limit` values in a value; nil if one of them is broken.
    mutating func children(of parent: Element, limit: Int) -> [Element]? {
        var (all, place): ([Element], Int) = ([], parent.value.lowerBound)
        while place < parent.value.upperBound, all.count < limit {
            guard let next = element(at: place, before: parent.value.upperBound) else { return nil }
            all.append(next)
            place = next.end
        }
        return all
    }
}
