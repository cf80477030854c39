/// One object of BER-TLV (ISO/IEC 7816-4 section 5.2.2).
struct BERObject: Equatable {
    /// One byte, or two: `0x87`, `0x7F49`.
    let tag: UInt16
    let value: [UInt8]

    /// Its bytes, with the shortest length there is.
    var bytes: [UInt8] {
        let tag = tag > 0xFF ? [UInt8(tag >> 8), UInt8(tag & 0xFF)] : [UInt8(tag)]
        return tag + Self.length(value.count) + value
    }

    private static func length(_ count: Int) -> [UInt8] {
        switch count {
        case ..<0x80: [UInt8(count)]
        case ..<0x100: [0x81, UInt8(count)]
        case ..<0x1_0000: [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
        default: [0x83, UInt8(count >> 16), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
        }
    }
}

/// Reads objects that follow each other: tags of at most two bytes, and the shortest definite lengths.
struct BERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// Whether nothing is left.
    var isAtEnd: Bool { rest.isEmpty }

    /// What is left.
    var remaining: [UInt8] { Array(rest) }

    /// The next object; nil if none of this form is there.
    mutating func next() -> BERObject? {
        guard let tag = readTag(), let count = readLength(), count <= rest.count else { return nil }
        let value = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
        return BERObject(tag: tag, value: value)
    }

    /// All objects of `bytes`; nil if they are not objects to the last byte, or more than `limit`.
    static func objects(_ bytes: [UInt8], limit: Int) -> [BERObject]? {
        var reader = BERReader(bytes)
        var objects = [BERObject]()
        while !reader.isAtEnd {
            guard objects.count < limit, let object = reader.next() else { return nil }
            objects.append(object)
        }
        return objects
    }

    /// The value of the one object that `bytes` are; nil for anything else.
    static func value(of tag: UInt16, in bytes: [UInt8]) -> [UInt8]? {
        guard let object = objects(bytes, limit: 1)?.first, object.tag == tag else { return nil }
        return object.value
    }

    private mutating func readTag() -> UInt16? {
        guard let first = rest.popFirst(), first != 0 else { return nil }
        guard first & 0x1F == 0x1F else { return UInt16(first) }
        // A second byte below 31 would fit into the first, one with the high bit set asks for a third.
        guard let second = rest.popFirst(), (0x1F..<0x80).contains(second) else { return nil }
        return UInt16(first) << 8 | UInt16(second)
    }

    private mutating func readLength() -> Int? {
        guard let first = rest.popFirst() else { return nil }
        guard first >= 0x80 else { return Int(first) }
        let count = Int(first & 0x7F)
        guard (1...3).contains(count), rest.count >= count else { return nil }
        let length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(count)
        return length >= (count == 1 ? 0x80 : 1 << (8 * (count - 1))) ? length : nil
    }
}
