/// A mobile telephone number that can receive messages, Spanish or foreign, in the form of ITU-T E.164.
public struct PhoneNumber: Hashable, Sendable {
    /// The canonical form: `+`, country code, number; 7 to 15 digits.
    public let text: String

    /// Reads a number as people type it: nine digits of a Spanish mobile, or `+` or `00` and the country code.
    ///
    /// White space, dots, hyphens and brackets are dropped. A Spanish number may also carry 34 without `+`, as the
    /// official forms ask; other countries' can't, for nine digits of theirs would look Spanish.
    ///
    /// - Throws: `landline` for a Spanish fixed line, `malformedPhone` or `tooLong`.
    public init(parsing typed: String) throws(DomainError) {
        let bytes = try TypedText.compact(typed).filter { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ")") }
        let digits = try Self.international(bytes)
        guard let first = digits.first, first != UInt8(ascii: "0"), (7...15).contains(digits.count),
            digits.allSatisfy(TypedText.isDigit)
        else { throw DomainError(.malformedPhone) }
        if digits.starts(with: "34".utf8) {
            try Self.checkSpanish(digits.dropFirst(2))
        }
        text = "+" + String(decoding: digits, as: UTF8.self)
    }

    /// The last three digits after stars, as the app shows it: `******678`.
    public var masked: String { "******" + text.suffix(3) }
}

extension PhoneNumber: CustomStringConvertible, CustomDebugStringConvertible {
    /// The masked form, so that a log line never holds the number.
    public var description: String { masked }

    /// The masked form, so that a log line never holds the number.
    public var debugDescription: String { masked }
}

// MARK: - Reading

extension PhoneNumber {
    private static let spain = Array("34".utf8)

    /// The digits with their country code, without `+`.
    private static func international(_ bytes: [UInt8]) throws(DomainError) -> ArraySlice<UInt8> {
        if bytes.first == UInt8(ascii: "+") { return bytes.dropFirst() }
        if bytes.starts(with: "00".utf8) { return bytes.dropFirst(2) }
        if bytes.count == 9 { return (spain + bytes)[...] }
        guard bytes.count == 11, bytes.starts(with: spain) else { throw DomainError(.malformedPhone) }
        return bytes[...]
    }

    /// Spain's numbers have nine digits; 6 and 7 begin mobiles, 8 and 9 fixed lines, the rest is not for people.
    private static func checkSpanish(_ national: ArraySlice<UInt8>) throws(DomainError) {
        guard national.count == 9, let first = national.first else { throw DomainError(.malformedPhone) }
        switch first {
        case UInt8(ascii: "6"), UInt8(ascii: "7"): return
        case UInt8(ascii: "8"), UInt8(ascii: "9"): throw DomainError(.landline)
        default: throw DomainError(.malformedPhone)
        }
    }
}
