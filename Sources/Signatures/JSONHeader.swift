/// The members of a JSON object (RFC 8259) that are texts or lists of texts; other members are only passed over.
///
/// By hand: Foundation is not loaded by the tools, and its reader takes the last of two members of one name, of which
/// RFC 7515 section 4 allows none.
struct JSONHeader {
    /// Objects and lists in each other.
    private static let maximumDepth = 8

    /// What a member holds.
    enum Value: Equatable {
        case text(String)
        case texts([String])
        /// Of a kind that nobody here asks for.
        case other
    }

    /// By name.
    let members: [String: Value]

    /// Nil for what is no object, and for one with two members of one name.
    init?(_ bytes: [UInt8]) {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        var reader = Reader(bytes: bytes)
        guard let members = reader.object(depth: 0) else { return nil }
        reader.skipBlanks()
        guard reader.position == bytes.count else { return nil }
        self.members = members
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func skipBlanks() {
            while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
        }

        /// Takes this character, behind blanks.
        private mutating func take(_ character: UInt8) -> Bool {
            skipBlanks()
            guard next == character else { return false }
            position += 1
            return true
        }

        mutating func object(depth: Int) -> [String: Value]? {
            guard depth < maximumDepth, take(UInt8(ascii: "{")) else { return nil }
            var members: [String: Value] = [:]
            if take(UInt8(ascii: "}")) { return members }
            repeat {
                guard let name = text(), take(UInt8(ascii: ":")), let value = value(depth: depth + 1),
                    members.updateValue(value, forKey: name) == nil
                else { return nil }
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "}")) ? members : nil
        }

        private mutating func value(depth: Int) -> Value? {
            skipBlanks()
            switch next {
            case UInt8(ascii: "\""): return text().map(Value.text)
            case UInt8(ascii: "["): return list(depth: depth)
            case UInt8(ascii: "{"): return object(depth: depth).map { _ in .other }
            default: return word() ? .other : nil
            }
        }

        private mutating func list(depth: Int) -> Value? {
            guard depth < maximumDepth, take(UInt8(ascii: "[")) else { return nil }
            var (texts, isTexts): ([String], Bool) = ([], true)
            if take(UInt8(ascii: "]")) { return .texts([]) }
            repeat {
                switch value(depth: depth + 1) {
                case .text(let text): texts.append(text)
                case .some: isTexts = false
                case nil: return nil
                }
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "]")) else { return nil }
            return isTexts ? .texts(texts) : .other
        }

        /// A number, `true`, `false` or `null`.
        private mutating func word() -> Bool {
            for word in ["true", "false", "null"] where bytes[position...].starts(with: word.utf8) {
                position += word.utf8.count
                return true
            }
            return number()
        }

        /// RFC 8259 section 6: no leading zero, no sign but a minus, and digits on both sides of a point.
        private mutating func number() -> Bool {
            skip(UInt8(ascii: "-"))
            if !skip(UInt8(ascii: "0")), !digits() { return false }
            if skip(UInt8(ascii: ".")), !digits() { return false }
            guard skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) else { return true }
            if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
            return digits()
        }

        /// Passes over this character, if it is the next.
        @discardableResult
        private mutating func skip(_ character: UInt8) -> Bool {
            guard next == character else { return false }
            position += 1
            return true
        }

        /// Passes over digits, of which there must be one.
        private mutating func digits() -> Bool {
            let start = position
            while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
            return position > start
        }

        private mutating func text() -> String? {
            guard take(UInt8(ascii: "\"")) else { return nil }
            var text: [UInt8] = []
            while let byte = next {
                position += 1
                switch byte {
                case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let escaped = escape() else { return nil }
                    text.append(contentsOf: escaped)
                case 0..<0x20: return nil
                default: text.append(byte)
                }
            }
            return nil
        }

        /// A character beyond the basic plane is written as its two halves in UTF-16 (section 7).
        private mutating func escape() -> [UInt8]? {
            guard let kind = next else { return nil }
            position += 1
            let plain: [UInt8: UInt8] = [
                UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "b"): 8,
                UInt8(ascii: "f"): 12, UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
                UInt8(ascii: "\""): UInt8(ascii: "\""),
            ]
            guard kind == UInt8(ascii: "u") else { return plain[kind].map { [$0] } }
            guard var number = digitsOfEscape() else { return nil }
            if 0xD800..<0xDC00 ~= number {
                guard skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")), let second = digitsOfEscape(),
                    0xDC00..<0xE000 ~= second
                else { return nil }
                number = 0x10000 + (number - 0xD800) << 10 + (second - 0xDC00)
            }
            return Unicode.Scalar(number).map { Array(String(Character($0)).utf8) }
        }

        private mutating func digitsOfEscape() -> UInt32? {
            guard bytes.count - position >= 4 else { return nil }
            let digits = bytes[position..<position + 4].compactMap(\.hexadecimalValue)
            guard digits.count == 4 else { return nil }
            position += 4
            return digits.reduce(0) { $0 << 4 | $1 }
        }
    }
}

extension UInt8 {
    /// The value of a hexadecimal digit; nil for another character.
    fileprivate var hexadecimalValue: UInt32? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(self - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(self - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
