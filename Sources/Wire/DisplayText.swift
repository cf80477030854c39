/// Foreign text as people may be shown it.
public enum DisplayText {
    /// The whole content, if it is a short text that can be shown as it is; else nil.
    public static func whole(_ bytes: [UInt8]) -> String? {
        guard let whole = String(validating: bytes, as: UTF8.self), line(bytes) == whole else { return nil }
        return whole
    }

    /// Bytes as one short line for a question; what can't be shown is a question mark.
    public static func line(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(256), as: UTF8.self)
        return String(String.UnicodeScalarView(text.unicodeScalars.map(shownInLine).prefix(120)))
    }

    /// A text of any length as one line: a name in it can't begin a line of its own, nor change the terminal's state.
    public static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(released(text).unicodeScalars.map(shownInLine)))
    }

    /// A text of the program's own, of several lines, with names in it that carry bytes (``SystemText``): these can neither
    /// begin a line nor change the terminal's state. Line feeds, tabs and an end of line as OpenSSH's agent has it stay.
    public static func lines(_ text: String) -> String {
        let parts = text.utf8.split(separator: 10, omittingEmptySubsequences: false)
        return parts.map { part in
            let isCarriageReturn = part.last == 13
            let line = String(decoding: isCarriageReturn ? part.dropLast() : part, as: UTF8.self)
            let fields = line.utf8.split(separator: 9, omittingEmptySubsequences: false)
            let shown = fields.map { self.line(String(decoding: $0, as: UTF8.self)) }.joined(separator: "\t")
            return isCarriageReturn ? shown + "\r" : shown
        }.joined(separator: "\n")
    }

    /// With the characters for which ``SystemText`` carries bytes; bytes that are no text become U+FFFD.
    private static func released(_ text: String) -> String {
        SystemText.carries(text) ? String(decoding: SystemText.bytes(text), as: UTF8.self) : text
    }

    /// A character of a text that becomes one line; a question mark for one that can't be shown there.
    public static func shownInLine(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        scalar.value >= 0x20 && PlainText.holds(scalar) && !SystemText.isCarrier(scalar) ? scalar : "?"
    }
}
