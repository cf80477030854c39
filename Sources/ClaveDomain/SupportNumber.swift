/// The number of a foreigner's paper itself, not of its holder: the contrast datum that goes with a NIE.
///
/// E begins the number of a foreigner's card or residence permit; C stands before the number of the green certificate
/// of registration of a citizen of the Union. Eight digits follow.
public struct SupportNumber: Hashable, Sendable {
    /// The canonical form: E or C and eight digits.
    public let text: String

    /// Reads a support number as people type it.
    ///
    /// White space, dots and hyphens are dropped, small letters become capitals, missing zeros are put before the
    /// digits. A number without letter is a certificate's, where no C is printed: `9999999` is `C09999999`.
    ///
    /// - Throws: `malformedSupportNumber` or `tooLong`.
    public init(parsing typed: String) throws(DomainError) {
        let bytes = try TypedText.compact(typed)
        // Without its hyphens, a date typed in the wrong field would pass for a certificate's number.
        guard (try? CivilDate(parsing: typed)) == nil else { throw DomainError(.malformedSupportNumber) }
        let hasLetter = bytes.first.map("EC".utf8.contains) ?? false
        let digits = hasLetter ? bytes.dropFirst() : bytes[...]
        guard digits.count <= 8, let number = TypedText.number(digits) else {
            throw DomainError(.malformedSupportNumber)
        }
        let letter = hasLetter && bytes[0] == UInt8(ascii: "E") ? "E" : "C"
        text = letter + TypedText.padded(number, to: 8)
    }
}

extension SupportNumber: CustomStringConvertible, CustomDebugStringConvertible {
    /// The letter and stars: knowing the number is what lets a request through, so no log line holds it.
    public var description: String { text.prefix(1) + "********" }

    /// The letter and stars, as `description`.
    public var debugDescription: String { description }
}
