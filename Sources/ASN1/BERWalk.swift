/// Steps through values in BER (ITU-T X.690 section 8), of tags of one byte: also those of unknown length, and of which
/// there are very many. Nothing is copied.
public struct BERWalk {
    /// Values of unknown length in each other.
    private static let maximumDepth = 16
    /// Values that are looked at: a content of 64 MiB in parts of a kilobyte has 65,536, seen once at each depth.
    private static let maximumCount = 2_097_152

    /// A value, by its places in the bytes.
    public struct Element {
        public let tag: UInt8
        /// Where the tag is.
        public let start: Int
        /// The value, without the two zeros that end one of unknown length.
        public let value: Range<Int>
        /// Where the next begins.
        public let end: Int
    }

    private let bytes: [UInt8]
    private var count = 0

    /// Steps through these bytes.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The value that begins here; nil if it is broken, or the limits are met.
    public mutating func element(at start: Int, before limit: Int) -> Element? {
        element(at: start, before: limit, depth: 0)
    }

    private mutating func element(at start: Int, before limit: Int, depth: Int) -> Element? {
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
    public mutating func children(of parent: Element, limit: Int) -> [Element]? {
        var (all, place): ([Element], Int) = ([], parent.value.lowerBound)
        while place < parent.value.upperBound, all.count < limit {
            guard let next = element(at: place, before: parent.value.upperBound) else { return nil }
            all.append(next)
            place = next.end
        }
        return all
    }
}
