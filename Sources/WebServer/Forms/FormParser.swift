/// Reads `application/x-www-form-urlencoded` (WHATWG URL, section 5).
public enum FormParser {
    /// Of a form's body.
    public static let mediaType = "application/x-www-form-urlencoded"
    /// Bytes of a form.
    public static let maximumBody = 16_384
    /// Fields of a form.
    public static let maximumFields = 32

    /// The fields, the last of a name winning; nil for what breaks the form or a limit.
    public static func parse(_ body: [UInt8]) -> [String: String]? {
        guard body.count <= maximumBody else { return nil }
        var fields: [String: String] = [:]
        let pairs = body.split(separator: UInt8(ascii: "&"), maxSplits: maximumFields)
        guard pairs.count <= maximumFields else { return nil }
        for pair in pairs {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(parts[0]), let value = decode(parts.count > 1 ? parts[1] : []) else { return nil }
            fields[name] = value
        }
        return fields
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> String? {
        var decoded: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                decoded.append(high << 4 | low)
            default: decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    /// The value of a hexadecimal digit; nothing else, no sign, is one.
    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
