/// What the text of a message may hold, and so what a person may be shown.
public enum PlainText {
    /// Whether a character is neither a control, line feed and tab excepted, nor one that makes text read other than it
    /// is: it could disguise what a person is asked.
    public static func holds(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x09: true
        case 0..<0x20, 0x7F...0x9F: false
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0x2028, 0x2029, 0xFEFF: false
        default: true
        }
    }

    /// As much of a text as has so many bytes at most; no character of it is cut.
    public static func beginning(of text: String, bytes limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var beginning = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= limit else { break }
            beginning.append(scalar)
        }
        return String(beginning)
    }
}
