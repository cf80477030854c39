/// Why bytes are no signature of the form asked for.
struct MalformedCMS: Error, Equatable {
    /// What was read; for tests and people, never shown to the sender.
    let what: String
}

/// Reads DER (X.690) from the front: definite lengths in their shortest form, tags of one byte. Everything else throws.
struct DERReader {
    /// Tags that are met here.
    enum Tag {
        static let integer: UInt8 = 0x02
        static let bitString: UInt8 = 0x03
        static let octetString: UInt8 = 0x04
        static let null: UInt8 = 0x05
        static let identifier: UInt8 = 0x06
        static let sequence: UInt8 = 0x30
        static let set: UInt8 = 0x31
        /// A context tag: of a plain value, or of a constructed one.
        static func context(_ number: UInt8, isConstructed: Bool = true) -> UInt8 {
            0x80 | number | (isConstructed ? 0x20 : 0)
        }
    }

    /// A value with its tag and length.
    struct Element: Equatable {
        let tag: UInt8
        /// The value alone.
        let content: ArraySlice<UInt8>
        /// Tag, length and value.
        let encoded: ArraySlice<UInt8>
    }

    private var rest: ArraySlice<UInt8>

    /// Reads these bytes.
    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// Whether nothing is left.
    var isAtEnd: Bool { rest.isEmpty }

    /// The tag of what comes; nil at the end.
    var nextTag: UInt8? { rest.first }

    /// The next value, of any tag.
    mutating func element() throws(MalformedCMS) -> Element {
        let whole = rest
        guard let tag = rest.popFirst(), tag & 0x1F != 0x1F else { throw MalformedCMS(what: "tag") }
        let count = try length()
        guard count <= rest.count else { throw MalformedCMS(what: "length") }
        let content = rest.prefix(count)
        rest = rest.dropFirst(count)
        return Element(tag: tag, content: content, encoded: whole[..<rest.startIndex])
    }

    /// The next value, which must have this tag.
    mutating func element(_ tag: UInt8, _ what: String) throws(MalformedCMS) -> Element {
        guard nextTag == tag else { throw MalformedCMS(what: what) }
        return try element()
    }

    /// A reader of the next value's inside; the value must have this tag.
    mutating func inside(_ tag: UInt8, _ what: String) throws(MalformedCMS) -> DERReader {
        DERReader(try element(tag, what).content)
    }

    /// Throws if something is left.
    func end(_ what: String) throws(MalformedCMS) {
        guard isAtEnd else { throw MalformedCMS(what: "something behind \(what)") }
    }

    private mutating func length() throws(MalformedCMS) -> Int {
        guard let first = rest.popFirst() else { throw MalformedCMS(what: "length") }
        if first < 0x80 { return Int(first) }
        let count = Int(first & 0x7F)
        // Three bytes are more than any limit here.
        guard (1...3).contains(count), rest.count >= count else { throw MalformedCMS(what: "length") }
        let value = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
        guard value >= 0x80, count == 1 || value >= 1 << (8 * (count - 1)) else {
            throw MalformedCMS(what: "length not in its shortest form")
        }
        rest = rest.dropFirst(count)
        return value
    }
}
