/// A file's path as the kernel tells it, written so that it can't pass for another path.
///
/// A path may hold any byte but zero and `/` within a name. Printable ASCII stays as it is; a quotation mark and a
/// backslash get a backslash; blanks beside other blanks or at an end, and everything outside ASCII, become `\u{…}`;
/// bytes that are no UTF-8 become `\xNN`.
public enum PathText {
    /// The whole path.
    public static func escaped(_ path: [UInt8]) -> String { units(of: path).joined() }

    /// The path in quotation marks. What is longer than `width` characters is cut in its middle: its beginning and its
    /// end both tell whose file it is.
    public static func quoted(_ path: [UInt8], width: Int) -> String {
        let units = units(of: path)
        guard units.reduce(0, { $0 + $1.utf8.count }) > width else { return "\"\(units.joined())\"" }
        let head = fitting(units, width / 2)
        let tail = fitting(units.reversed(), width - width / 2 - 1).reversed()
        return "\"\(head.joined())…\(tail.joined())\""
    }

    /// The first units that take at most `width` characters.
    private static func fitting(_ units: [String], _ width: Int) -> [String] {
        var left = width
        return Array(
            units.prefix {
                left -= $0.utf8.count
                return left >= 0
            })
    }

    /// What stands for each character of a path, or for each byte that belongs to none; all of it printable ASCII.
    private static func units(of path: [UInt8]) -> [String] {
        var units: [String] = []
        var parser = Unicode.UTF8.ForwardParser()
        var bytes = path.makeIterator()
        var position = 0
        while true {
            switch parser.parseScalar(from: &bytes) {
            case .valid(let encoded):
                units.append(unit(Unicode.UTF8.decode(encoded), isPlainBlank: isPlainBlank(path, position)))
                position += encoded.count
            case .error(let length):
                units += path[position..<position + length].map { "\\x" + hexadecimal(UInt32($0)) }
                position += length
            case .emptyInput: return units
            }
        }
    }

    private static func unit(_ scalar: Unicode.Scalar, isPlainBlank: Bool) -> String {
        switch scalar.value {
        case 0x22, 0x5C: "\\\(scalar)"
        case 0x20 where isPlainBlank: " "
        case 0x21..<0x7F: String(scalar)
        default: "\\u{\(hexadecimal(scalar.value))}"
        }
    }

    /// Whether the blank at a place stands alone between others: several could push what follows out of sight.
    private static func isPlainBlank(_ path: [UInt8], _ place: Int) -> Bool {
        guard place > 0, place + 1 < path.count else { return false }
        return path[place - 1] != 0x20 && path[place + 1] != 0x20
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return digits.utf8.count < 2 ? "0" + digits : digits
    }
}
