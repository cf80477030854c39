/// Why a datum of the Cl@ve domain was refused.
///
/// `code` is what programs compare. `description` is one English sentence for a person: it says what to do, holds
/// nothing of what was typed, and serves as a message identifier for translation.
public struct DomainError: Error, Hashable, Sendable {
    /// One meaning each; the raw values are stable and may travel in protocols and JSON.
    public enum Code: String, CaseIterable, Sendable {
        /// The check letter does not belong to the number.
        case wrongLetter
        /// A number without its check letter.
        case missingLetter
        /// Neither a DNI nor a NIE by its form.
        case malformedDocument
        /// The tax number of a company or body; Cl@ve registers natural persons.
        case companyDocument
        /// A NIF that begins with K, L or M: a natural person, but with neither DNI nor NIE.
        case specialPersonDocument
        /// Well formed, but no such day exists.
        case impossibleDate
        /// Not a date by its form.
        case malformedDate
        /// 01-01-9999 was given as validity date: a permanent DNI is checked by its issue date.
        case permanentNeedsIssueDate
        /// An issue date later than today.
        case issueDateInFuture
        /// Not a support number of a foreigner's card or of an EU registration certificate.
        case malformedSupportNumber
        /// A kind of contrast datum that nobody defined.
        case unknownContrastDatum
        /// Not a telephone number by its form.
        case malformedPhone
        /// A Spanish fixed line, which receives no messages.
        case landline
        /// A name with signs that no official name has, or none at all.
        case malformedName
        /// Not the sixteen letters and digits of a registration letter.
        case malformedLetterCode
        /// Not an e-mail address by its form.
        case malformedEmail
        /// Longer than any real value of its kind.
        case tooLong
    }

    /// What programs compare.
    public let code: Code

    /// An error of the given meaning.
    public init(_ code: Code) {
        self.code = code
    }
}

// MARK: - Description

extension DomainError: CustomStringConvertible {
    /// One English sentence that says what to do; a message identifier for translation.
    public var description: String {
        switch code {
        case .wrongLetter: msgid("The letter does not match the number. Check both on the document.")
        case .missingLetter: msgid("The letter is missing. Type the number with its letter, as in 12345678Z.")
        case .malformedDocument:
            msgid("This is not a DNI or NIE. Type eight digits and a letter, or X, Y or Z, seven digits and a letter.")
        case .companyDocument: msgid("This is a company's number. Cl@ve is for people: type a DNI or NIE.")
        case .specialPersonDocument:
            msgid("Numbers that begin with K, L or M do not work with Cl@ve. Type a DNI or NIE.")
        case .impossibleDate: msgid("There is no such day. Check the date on the document.")
        case .malformedDate: msgid("This is not a date. Type it as day-month-year, as in 31-12-2030.")
        case .permanentNeedsIssueDate: msgid("This DNI is permanent. Type its issue date instead.")
        case .issueDateInFuture: msgid("The issue date is in the future. Check it on the document.")
        case .malformedSupportNumber:
            msgid("This is not a support number. Type E or C and eight digits, as printed on the card or certificate.")
        case .unknownContrastDatum: msgid("Give a validity date, an issue date or a support number.")
        case .malformedPhone:
            msgid("This is not a mobile number. Type nine digits, or + and the country code for a foreign number.")
        case .landline: msgid("This is a landline. Type a mobile number, which can receive messages.")
        case .malformedName: msgid("This is not a name. Use letters, spaces, hyphens and apostrophes only.")
        case .malformedLetterCode: msgid("This is not a letter's code. Type its sixteen letters and digits.")
        case .malformedEmail: msgid("This is not an e-mail address. Type it as in name@example.org.")
        case .tooLong: msgid("This is too long. Check what you typed.")
        }
    }
}

/// Marks a literal for the translators' catalog; this room is below translation and returns it as it is.
private func msgid(_ text: String) -> String { text }
