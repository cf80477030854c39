import ClaveDomain
import Localization

/// The fields of a person's record, as an operator has typed them.
struct RecordForm {
    private let form: [String: String]
    private let t: Localizer
    private(set) var errors: [FieldError] = []

    init(_ form: [String: String], _ t: Localizer) {
        self.form = form
        self.t = t
    }

    /// What was typed in a field.
    func typed(_ field: String) -> String { String((form[field] ?? "").prefix(254)) }

    /// Adds an error.
    mutating func refuse(_ field: String, _ text: String) {
        errors.append(FieldError(field: field, label: Self.label(field, t), text: text))
    }

    /// What a field is called on the pages.
    static func label(_ field: String, _ t: Localizer) -> String {
        switch field {
        case "document": t("DNI or NIE")
        case "given": t("Given name")
        case "surname": t("First surname")
        case "second": t("Second surname, if there is one")
        case "datum": t("Contrast datum")
        case "phone": t("Mobile phone")
        case "email": t("E-mail, if there is one")
        case "level": t("Registration level")
        case "language": t("Language of messages")
        case "since": t("From this day on")
        default: ""
        }
    }

    /// The value of a field; nil if it is empty or wrong, and an error if it is wrong, or empty and needed.
    mutating func value<Value>(
        _ field: String, isNeeded: Bool, _ parse: (String) throws(DomainError) -> Value
    ) -> Value? {
        let text = typed(field)
        guard !text.allSatisfy(\.isWhitespace) else {
            if isNeeded { refuse(field, t("This is needed.")) }
            return nil
        }
        do throws(DomainError) { return try parse(text) } catch {
            refuse(field, t(error.description))
            return nil
        }
    }

    /// The name, of three fields; nil if all are empty and it is not needed.
    mutating func name(isNeeded: Bool) -> FullName? {
        let isNeeded = isNeeded || ["given", "surname", "second"].contains { !typed($0).isEmpty }
        let parse = { (text: String) throws(DomainError) in try PersonName(parsing: text) }
        let given = value("given", isNeeded: isNeeded, parse)
        let surname = value("surname", isNeeded: isNeeded, parse)
        let second = value("second", isNeeded: false, parse)
        guard let given, let surname else { return nil }
        return FullName(given: given, surname: surname, secondSurname: second)
    }

    /// The contrast datum that goes with a document.
    mutating func datum(_ document: NationalDocument?, today: CivilDate, isNeeded: Bool) -> ContrastDatum? {
        guard let document else {
            if isNeeded, typed("datum").isEmpty { refuse("datum", t("This is needed.")) }
            return nil
        }
        let isPermanent = form["permanent"] == "yes" && document.kind == .dni
        return value("datum", isNeeded: isNeeded) { (text) throws(DomainError) in
            isPermanent
                ? try ContrastDatum(parsingIssueDate: text, notAfter: today)
                : try ContrastDatum(parsing: text, for: document)
        }
    }

    mutating func phone(isNeeded: Bool) -> PhoneNumber? {
        value("phone", isNeeded: isNeeded) { (text) throws(DomainError) in try PhoneNumber(parsing: text) }
    }

    mutating func email() -> EmailAddress? {
        value("email", isNeeded: false) { (text) throws(DomainError) in try EmailAddress(parsing: text) }
    }

    /// The document of a field.
    mutating func document(_ field: String = "document") -> NationalDocument? {
        value(field, isNeeded: true) { (text) throws(DomainError) in try NationalDocument(parsing: text) }
    }

    var level: RegistrationLevel? {
        switch form["level"] {
        case "basic": .basic
        case "advanced": .advanced
        default: nil
        }
    }

    var language: String? { form["language"].flatMap { Language(rawValue: $0)?.rawValue } }

    /// Of the record as the operator has seen it; one that nobody has seen if the field is wrong.
    var version: Int64 { Int64(form["version"] ?? "") ?? -1 }
}
