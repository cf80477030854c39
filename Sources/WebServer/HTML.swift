/// HTML text; whatever is put into its literals is escaped, unless it is HTML itself.
public struct HTML: ExpressibleByStringInterpolation, Sendable {
    /// UTF-8.
    public private(set) var bytes: [UInt8]

    /// Literal HTML.
    public init(stringLiteral value: String) { bytes = Array(value.utf8) }
    /// Literal HTML with values in it, escaped.
    public init(stringInterpolation: Interpolation) { bytes = stringInterpolation.bytes }

    /// Several pieces, one after the other.
    public init(_ pieces: [HTML]) {
        bytes = Array(pieces.map(\.bytes).joined(separator: CollectionOfOne(UInt8(ascii: "\n"))))
    }

    /// The bytes as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Collects a literal's pieces and values.
    public struct Interpolation: StringInterpolationProtocol {
        /// Bytes that a value is expected to have.
        private static let expected = 32
        fileprivate var bytes: [UInt8] = []

        /// Makes room.
        public init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity + Self.expected * interpolationCount)
        }

        /// Literal HTML, as it is.
        public mutating func appendLiteral(_ literal: String) { bytes += literal.utf8 }
        /// HTML, as it is.
        public mutating func appendInterpolation(_ value: HTML) { bytes += value.bytes }
        /// HTML, as it is, or nothing.
        public mutating func appendInterpolation(_ value: HTML?) { if let value { bytes += value.bytes } }
        /// Text, escaped.
        public mutating func appendInterpolation(_ value: String) { HTML.escape(value, into: &bytes) }
        /// HTML, as it is, where a condition holds; nothing where it does not.
        public mutating func appendInterpolation(_ value: @autoclosure () -> HTML, if isThere: Bool) {
            if isThere { bytes += value().bytes }
        }
        /// What a piece of a page is in HTML.
        public mutating func appendInterpolation(_ value: some HTMLConvertible) { bytes += value.html.bytes }
        /// A number in decimal digits.
        public mutating func appendInterpolation(_ value: Int) { bytes += String(value).utf8 }
        /// A number in decimal digits.
        public mutating func appendInterpolation(_ value: Int64) { bytes += String(value).utf8 }
    }

    // MARK: Escaping

    /// Text in which no character means anything to HTML, in content and in quoted attributes.
    public static func escape(_ text: String) -> String {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count)
        escape(text, into: &escaped)
        return String(decoding: escaped, as: UTF8.self)
    }

    /// Appends a text's bytes, escaped; most texts have nothing to escape, and are copied.
    ///
    /// It goes by bytes: a `Character` holds a sign together with the marks around it, and such a cluster equals no sign,
    /// while a browser reads the sign alone.
    private static func escape(_ text: String, into bytes: inout [UInt8]) {
        let all = text.utf8.span
        guard all.indices.contains(where: { entity(of: all[$0]) != nil }) else {
            bytes += text.utf8
            return
        }
        for index in all.indices {
            if let entity = entity(of: all[index]) {
                bytes += entity.utf8
            } else {
                bytes.append(all[index])
            }
        }
    }

    /// What stands for a sign that means something to HTML; nil for any other byte.
    private static func entity(of byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }
}

/// A piece of a page that has a shape of its own, such as a table: it stands in HTML's literals as HTML does.
public protocol HTMLConvertible {
    /// The piece, with what is put into it escaped.
    var html: HTML { get }
}
