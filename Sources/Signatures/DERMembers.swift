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
