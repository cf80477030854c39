/// What the system hands over as bytes, arguments, names of files, variables of the environment, in a `String` and back
/// again without loss.
///
/// Such bytes need not be UTF-8: names in ISO 8859-1 come from Windows' archives and old disks. `String(decoding:)` repairs
/// them, and then names another file. Here each byte that belongs to no character becomes the character U+10FE00 plus the
/// byte, of the last private plane, as KDE's libraries have it for names of files. So do the bytes of controls, of line
/// feeds and tabs, and of what ``PlainText`` does not hold: whatever comes out is one line of plain text, that the
/// project's protocols carry, and ``bytes(_:)`` gives exactly the bytes that came in.
///
/// By hand, as swift-system's `FilePath` is no part of the toolchain on Linux, and a type of its own would have to go
/// through every message that names a file.
public enum SystemText {
    /// The character that would carry the byte 0. None does: it ends a text of the system's, and what follows would be lost.
    private static let first: UInt32 = 0x10FE00
    private static let carriers = (first + 1)...(first + 0xFF)

    /// The text that stands for these bytes.
    public static func string(_ bytes: some Collection<UInt8>) -> String {
        let bytes = Array(bytes)
        // Nearly all names are: a folder's listing need not look at each character.
        if bytes.allSatisfy({ 0x20...0x7E ~= $0 }) { return String(decoding: bytes, as: UTF8.self) }
        var result = String.UnicodeScalarView()
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var position = 0
        while true {
            let count: Int
            switch parser.parseScalar(from: &rest) {
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                count = encoded.count
                if isPlain(scalar) { result.append(scalar) } else { carry(bytes[position..<position + count], &result) }
            case .error(let length):
                count = length
                carry(bytes[position..<position + count], &result)
            case .emptyInput: return String(result)
            }
            position += count
        }
    }

    /// The bytes for which a text stands.
    public static func bytes(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if carriers.contains(scalar.value) {
                result.append(UInt8(scalar.value - first))
            } else {
                result += UTF8.encode(scalar)!
            }
        }
        return result
    }

    /// The words that a person typed; nil if the bytes are no UTF-8, or hold what ``PlainText`` does not.
    public static func words(_ text: String) -> String? {
        guard carries(text) else { return text }
        guard let words = String(validating: bytes(text), as: UTF8.self),
            words.unicodeScalars.allSatisfy(PlainText.holds)
        else { return nil }
        return words
    }

    /// Whether any byte of the text is carried.
    static func carries(_ text: String) -> Bool { text.unicodeScalars.contains { carriers.contains($0.value) } }

    /// Whether a character is one that carries a byte.
    static func isCarrier(_ scalar: Unicode.Scalar) -> Bool { carriers.contains(scalar.value) }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x20 && PlainText.holds(scalar) && !carriers.contains(scalar.value)
    }

    private static func carry(_ bytes: ArraySlice<UInt8>, _ result: inout String.UnicodeScalarView) {
        for byte in bytes { result.append(Unicode.Scalar(first + UInt32(byte))!) }
    }
}
