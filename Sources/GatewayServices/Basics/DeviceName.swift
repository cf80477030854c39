/// The rule for the name of a device, which its agent gives and other people read: at the desk, in lists, in letters.
public enum DeviceName {
    /// Characters of a name.
    static let maximumLength = 64

    /// Whether it has at most 64 characters, all of them digits, Latin letters, spaces or one of `-._'()·`. None of these
    /// joins the characters beside it or changes their order. The empty name is one: a registration needs no device's name.
    public static func isPlain(_ name: String) -> Bool {
        name.unicodeScalars.count <= maximumLength && name.unicodeScalars.allSatisfy(isPlain)
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", " ", "-", ".", "_", "'", "(", ")", "·": true
        // Multiplication and division sign lie among the letters.
        case "\u{D7}", "\u{F7}": false
        case "\u{C0}"..."\u{24F}": true
        default: false
        }
    }
}
