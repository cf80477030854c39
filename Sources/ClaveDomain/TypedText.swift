/// What a person typed or pasted, made ready for the parsers of this room.
enum TypedText {
    /// No datum of this room needs more bytes, separators included.
    static let maximumLength = 64

    /// The text in ASCII capitals, without white space, dots and hyphens anywhere.
    ///
    /// Text pasted from a PDF brings no-break spaces and typographic hyphens, so those go too. Other signs stay, for
    /// the parser to refuse.
    static func compact(_ text: String) throws(DomainError) -> [UInt8] {
        guard text.utf8.count <= maximumLength else { throw DomainError(.tooLong) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars where !isSeparator(scalar) {
            bytes.append(contentsOf: String(scalar).utf8.map(capital))
        }
        return bytes
    }

    /// The bytes of the text without white space at its ends.
    static func trimmed(_ text: String) throws(DomainError) -> [UInt8] {
        guard text.utf8.count <= maximumLength else { throw DomainError(.tooLong) }
        let scalars = text.unicodeScalars
        let start = scalars.firstIndex { !$0.properties.isWhitespace } ?? scalars.endIndex
        let end = scalars.lastIndex { !$0.properties.isWhitespace }.map(scalars.index(after:)) ?? scalars.endIndex
        return Array(text[start..<end].utf8)
    }

    /// The capital of an ASCII letter; any other byte as it is.
    static func capital(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
    }

    /// Whether the byte is an ASCII digit.
    static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Whether the byte is an ASCII capital letter.
    static func isCapital(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    /// The value of one to nine ASCII digits, or nil for anything else. Nine digits fit every platform's `Int`.
    static func number(_ digits: some Collection<UInt8>) -> Int? {
        guard (1...9).contains(digits.count), digits.allSatisfy(isDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// The digits of a number, with zeros on the left up to the given count.
    static func padded(_ number: Int, to count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar == "." || scalar == "-" || ("\u{2010}"..."\u{2015}").contains(scalar)
    }
}
