/// Why bytes are not the values that were asked for.
public struct ASN1Error: Error, Equatable {
    /// What was read; for tests and people, never shown to whoever sent the bytes.
    public let what: String

    public init(what: String) { self.what = what }
}

/// Reads DER (ITU-T X.690) from the front: definite lengths in their shortest form, tags of one byte. Everything else
/// throws.
public struct DERReader {
    /// A value with its tag and length.
    public struct Element: Equatable {
        public let tag: UInt8
        /// The value alone.
        public let content: ArraySlice<UInt8>
        /// Tag, length and value.
        public let encoded: ArraySlice<UInt8>
    }

    private var rest: ArraySlice<UInt8>
    private let allowsLongLengths: Bool

    /// Reads these bytes.
    ///
    /// - Parameter allowsLongLengths: whether lengths may be written longer than need be, as in BER: for what OpenSSL
    ///   decodes too, which takes them.
    public init(_ bytes: ArraySlice<UInt8>, allowsLongLengths: Bool = false) {
        rest = bytes
        self.allowsLongLengths = allowsLongLengths
    }

    /// Whether nothing is left.
    public var isAtEnd: Bool { rest.isEmpty }

    /// The tag of what comes; nil at the end.
    public var nextTag: UInt8? { rest.first }

    // MARK: Any value

    /// The next value, of any tag.
    public mutating func element() throws(ASN1Error) -> Element {
        let whole = rest
        guard let tag = rest.popFirst(), tag & 0x1F != 0x1F else { throw ASN1Error(what: "tag") }
        let count = try length()
        guard count <= rest.count else { throw ASN1Error(what: "length") }
        let content = rest.prefix(count)
        rest = rest.dropFirst(count)
        return Element(tag: tag, content: content, encoded: whole[..<rest.startIndex])
    }

    /// The next value, which must have this tag.
    public mutating func element(_ tag: UInt8, _ what: String) throws(ASN1Error) -> Element {
        guard nextTag == tag else { throw ASN1Error(what: what) }
        return try element()
    }

    /// All values that are left, which are no more than `limit`.
    public mutating func elements(limit: Int, _ what: String) throws(ASN1Error) -> [Element] {
        var all: [Element] = []
        while !isAtEnd {
            guard all.count < limit else { throw ASN1Error(what: "too many \(what)") }
            all.append(try element())
        }
        return all
    }

    /// A reader of the next value's inside; the value must have this tag.
    public mutating func inside(_ tag: UInt8, _ what: String) throws(ASN1Error) -> DERReader {
        DERReader(try element(tag, what).content, allowsLongLengths: allowsLongLengths)
    }

    /// Throws if something is left.
    public func end(_ what: String) throws(ASN1Error) {
        guard isAtEnd else { throw ASN1Error(what: "something behind \(what)") }
    }

    private mutating func length() throws(ASN1Error) -> Int {
        guard let first = rest.popFirst() else { throw ASN1Error(what: "length") }
        if first < 0x80 { return Int(first) }
        let count = Int(first & 0x7F)
        // Three bytes are more than any limit here.
        guard (1...3).contains(count), rest.count >= count else { throw ASN1Error(what: "length") }
        let value = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
        guard allowsLongLengths || value >= 0x80 && (count == 1 || value >= 1 << (8 * (count - 1))) else {
            throw ASN1Error(what: "length not in its shortest form")
        }
        rest = rest.dropFirst(count)
        return value
    }

    // MARK: Values of one type

    /// The next value, an object identifier.
    public mutating func identifier(_ what: String) throws(ASN1Error) -> OID {
        OID(encoded: try element(DER.Tag.identifier, what).content)
    }

    /// Reads an object identifier, which must be this one.
    public mutating func expect(_ identifier: OID, _ what: String) throws(ASN1Error) {
        guard try self.identifier(what) == identifier else { throw ASN1Error(what: what) }
    }

    /// Reads a number from 0 to 32,767.
    public mutating func smallInteger(_ what: String) throws(ASN1Error) -> Int {
        let bytes = try element(DER.Tag.integer, what).content
        guard let first = bytes.first, bytes.count <= 2, first < 0x80 else { throw ASN1Error(what: what) }
        // A zero in front is there only where the next byte would mean less than zero.
        guard bytes.count == 1 || first != 0 || bytes.last! >= 0x80 else { throw ASN1Error(what: what) }
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    /// Reads an `AlgorithmIdentifier` (RFC 5280 section 4.1.1.2) whose parameters are absent or NULL.
    public mutating func algorithmWithoutParameters(_ what: String) throws(ASN1Error) -> OID {
        var algorithm = try inside(DER.Tag.sequence, what)
        let identifier = try algorithm.identifier(what)
        if !algorithm.isAtEnd {
            guard try algorithm.element(DER.Tag.null, what).content.isEmpty else { throw ASN1Error(what: what) }
        }
        try algorithm.end(what)
        return identifier
    }
}
