/// The text of a record: one flat JSON object (RFC 8259) in one line, of texts, whole numbers and truths only.
///
/// What could move a terminal's cursor or turn a line's direction is escaped, so that the file is safe in a pager.
struct AuditText {
    /// The object so far; it lacks its closing brace.
    private(set) var bytes: [UInt8] = Array("{".utf8)

    init() {}

    /// Adds a member.
    mutating func put(_ name: String, _ value: AuditValue) {
        let text =
            switch value {
            case .text(let text): Self.quoted(text)
            case .number(let number): String(number)
            case .flag(let flag): flag ? "true" : "false"
            }
        bytes += Array(((bytes.count == 1 ? "" : ",") + "\"\(name)\":" + text).utf8)
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in cut(text).unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where isUnsafe(scalar.value):
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > AuditLimits.text else { return text }
        var cut = String.UnicodeScalarView()
        var count = "…".utf8.count
        for scalar in text.unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= AuditLimits.text else { break }
            cut.append(scalar)
        }
        return String(cut) + "…"
    }

    private static func isUnsafe(_ value: UInt32) -> Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: true
        default: false
        }
    }

    // MARK: Reading

    /// The members of an object that lacks its closing brace; nil for anything that ``put(_:_:)`` does not write.
    static func members(of bytes: [UInt8]) -> [AuditEntry.Member]? {
        guard let text = String(validating: bytes, as: UTF8.self), text.unicodeScalars.first == "{" else { return nil }
        var rest = text.unicodeScalars.dropFirst()
        var members: [AuditEntry.Member] = []
        while !rest.isEmpty {
            guard members.count < AuditLimits.members + 4, members.isEmpty || rest.popFirst() == ",",
                rest.popFirst() == "\"", let name = string(&rest), rest.popFirst() == ":", let value = value(&rest)
            else { return nil }
            members.append(AuditEntry.Member(name, value))
        }
        return members
    }

    private static func value(_ rest: inout Substring.UnicodeScalarView) -> AuditValue? {
        if rest.first == "\"" {
            rest.removeFirst()
            return string(&rest).map { .text($0) }
        }
        let word = String(String.UnicodeScalarView(rest.prefix { $0 != "," }))
        rest = rest.dropFirst(word.unicodeScalars.count)
        switch word {
        case "true": return .flag(true)
        case "false": return .flag(false)
        default: return UInt64(word).flatMap { String($0) == word ? .number($0) : nil }
        }
    }

    /// What follows an opening quote, to the closing one.
    private static func string(_ rest: inout Substring.UnicodeScalarView) -> String? {
        var text = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return String(text)
            case "\\":
                guard let escaped = escaped(&rest) else { return nil }
                text.append(escaped)
            default: text.append(scalar)
            }
        }
        return nil
    }

    private static func escaped(_ rest: inout Substring.UnicodeScalarView) -> Unicode.Scalar? {
        switch rest.popFirst() {
        case "\"": return "\""
        case "\\": return "\\"
        case "u":
            let digits = String(String.UnicodeScalarView(rest.prefix(4)))
            rest = rest.dropFirst(4)
            guard digits.unicodeScalars.count == 4, let value = UInt32(digits, radix: 16) else { return nil }
            return Unicode.Scalar(value)
        default: return nil
        }
    }
}
