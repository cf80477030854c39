/// The number that names a person in Cl@ve: a Spaniard's DNI or a foreigner's NIE, with its check letter.
///
/// The check letter of a DNI is a table entry by the number modulo 23. A NIE replaces its first letter, X, Y or Z, by 0,
/// 1 or 2 and is then computed as a DNI. The number is personal data: `description` shows its end only.
public struct NationalDocument: Hashable, Sendable {
    /// Which of the two documents it is; it decides which contrast datum goes with it.
    public enum Kind: Hashable, Sendable, CaseIterable {
        /// Documento nacional de identidad: eight digits and a letter.
        case dni
        /// Número de identidad de extranjero: X, Y or Z, seven digits and a letter.
        case nie
    }

    /// Which of the two documents it is.
    public let kind: Kind

    /// The canonical form: nine ASCII characters, capitals and digits, no separators.
    public let text: String

    /// Reads a document as people type it.
    ///
    /// White space, dots and hyphens are dropped, small letters become capitals. A DNI with fewer than eight digits gets
    /// zeros on its left if its letter then matches; if it does not, a digit is more likely missing than the letter
    /// wrong.
    ///
    /// - Throws: `malformedDocument`, `missingLetter`, `wrongLetter`, `companyDocument`, `specialPersonDocument` or
    ///   `tooLong`.
    public init(parsing typed: String) throws(DomainError) {
        let bytes = try TypedText.compact(typed)
        guard let first = bytes.first, let last = bytes.last else { throw DomainError(.malformedDocument) }
        if TypedText.isDigit(first) {
            self = try Self.dni(digits: bytes.dropLast(), letter: last)
        } else if let lead = Self.foreignLeads.firstIndex(of: first) {
            self = try Self.nie(lead: lead, rest: bytes.dropFirst())
        } else {
            throw DomainError(Self.refusal(of: bytes))
        }
    }

    private init(kind: Kind, text: String) {
        self.kind = kind
        self.text = text
    }

    /// The check letter of a number: of a DNI's digits, or of a NIE's with its first letter replaced.
    ///
    /// - Parameter number: Zero or more; real numbers have at most eight digits.
    public static func checkLetter(of number: Int) -> Character {
        precondition(number >= 0, "A document number is never negative")
        return Character(Unicode.Scalar(checkLetters[number % checkLetters.count]))
    }

    /// The text with its first four characters starred, as the app shows it: `****5678Z`.
    public var masked: String { Self.masked(text) }

    /// A number with its first four characters starred.
    public static func masked(_ number: String) -> String { "****" + number.dropFirst(4) }
}

// MARK: - Description

extension NationalDocument: CustomStringConvertible, CustomDebugStringConvertible {
    /// The masked form, so that a log line never holds the number.
    public var description: String { masked }

    /// The masked form, so that a log line never holds the number.
    public var debugDescription: String { masked }
}

// MARK: - Reading

extension NationalDocument {
    private static let checkLetters = Array("TRWAGMYFPDXBNJZSQVHLCKE".utf8)
    private static let foreignLeads = Array("XYZ".utf8)

    private static func dni(digits: ArraySlice<UInt8>, letter: UInt8) throws(DomainError) -> Self {
        if TypedText.isDigit(letter), digits.count < 8, digits.allSatisfy(TypedText.isDigit) {
            throw DomainError(.missingLetter)
        }
        guard digits.count <= 8, let number = TypedText.number(digits), TypedText.isCapital(letter) else {
            throw DomainError(.malformedDocument)
        }
        guard matches(letter, number) else {
            throw DomainError(digits.count == 8 ? .wrongLetter : .malformedDocument)
        }
        return Self(kind: .dni, text: TypedText.padded(number, to: 8) + String(Unicode.Scalar(letter)))
    }

    private static func nie(lead: Int, rest: ArraySlice<UInt8>) throws(DomainError) -> Self {
        let digits = rest.prefix(7)
        guard digits.count == 7, let number = TypedText.number(digits) else { throw DomainError(.malformedDocument) }
        guard let letter = rest.dropFirst(7).first else { throw DomainError(.missingLetter) }
        guard rest.count == 8, TypedText.isCapital(letter) else { throw DomainError(.malformedDocument) }
        guard matches(letter, lead * 10_000_000 + number) else { throw DomainError(.wrongLetter) }
        let characters = [foreignLeads[lead]] + rest
        return Self(kind: .nie, text: String(decoding: characters, as: UTF8.self))
    }

    private static func matches(_ letter: UInt8, _ number: Int) -> Bool {
        checkLetters[number % checkLetters.count] == letter
    }

    /// Tells other tax numbers from plain mistakes. Their control character is not computed: they are refused anyway.
    private static func refusal(of bytes: [UInt8]) -> DomainError.Code {
        let control = bytes.last ?? 0
        let isTaxNumber =
            bytes.count == 9 && bytes[1..<8].allSatisfy(TypedText.isDigit)
            && (TypedText.isDigit(control) || TypedText.isCapital(control))
        guard isTaxNumber else { return .malformedDocument }
        if "KLM".utf8.contains(bytes[0]) { return .specialPersonDocument }
        return "ABCDEFGHJNPQRSUVW".utf8.contains(bytes[0]) ? .companyDocument : .malformedDocument
    }
}
