/// Text from outside, made harmless for a sentence of ours: one line, nothing unseen, of limited width.
enum ForeignText {
    /// The text in quotation marks, so that it can't pass for ours; its own become apostrophes.
    static func quoted(_ text: String, width: Int) -> String {
        let inner = String(
            String.UnicodeScalarView(plain(text, width: width).unicodeScalars.map { $0 == "\"" ? "'" : $0 }))
        return "\"\(inner)\""
    }

    /// The text's first `width` characters.
    static func plain(_ text: String, width: Int) -> String {
        let scalars = text.unicodeScalars.prefix(width + 1).map(shown)
        guard scalars.count > width else { return String(String.UnicodeScalarView(scalars)) }
        return String(String.UnicodeScalarView(scalars.prefix(width - 1))) + "…"
    }

    /// Characters that have no look of their own become visible; line ends and odd spaces become spaces.
    private static func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) ? scalar : " " }
        if scalar.properties.isWhitespace { return " " }
        if scalar.properties.isDefaultIgnorableCodePoint { return "?" }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return "?"
        default: return scalar
        }
    }
}
