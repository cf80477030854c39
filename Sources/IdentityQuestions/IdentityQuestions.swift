public import ClaveDomain
import ClavePluginABI
public import Localization
public import PluginKit

/// What plugins ask of people who say who they are: document, contrast datum, phone, e-mail.
///
/// The names of the fields (`document`, `validity`, `issue`, `support`, `phone`, `email`) are a contract: scripts fill them
/// in.
public struct IdentityQuestions {
    /// Answers to one question before the conversation ends.
    private static let maximumTries = 5

    private let host: Host
    /// In the person's language.
    public let t: Localizer

    /// Asks through a host, in the language of its person.
    public init(_ host: Host) {
        self.host = host
        t = Localizer(language: Language(locale: host.locale), folder: Localizer.catalogFolder)
    }

    /// Asks for DNI or NIE.
    public func askDocument() throws(Status) -> NationalDocument {
        let field = Host.Field(name: "document", label: t("DNI or NIE"), lengths: 1...16)
        return try ask(field) { (text) throws(DomainError) in try NationalDocument(parsing: text) }
    }

    /// Asks for the datum that proves the document: a DNI's validity date, or its issue date if it is permanent; a NIE's
    /// support number.
    public func askDatum(of document: NationalDocument) throws(Status) -> ContrastDatum {
        guard document.kind == .dni else {
            let field = Host.Field(
                name: "support", label: t("Support number (E or C and eight digits)"), lengths: 1...16)
            return try ask(field) { (text) throws(DomainError) in try ContrastDatum(parsing: text, for: document) }
        }
        let validity = Host.Field(
            name: "validity", label: t("Validity date of the DNI (day-month-year; 01-01-9999 if permanent)"),
            lengths: 1...16)
        let dated = try ask(validity) { (text) throws(DomainError) -> ContrastDatum? in
            do throws(DomainError) { return try ContrastDatum(parsing: text, for: document) } catch {
                if error.code == .permanentNeedsIssueDate { return nil }
                throw error
            }
        }
        if let dated { return dated }
        let issue = Host.Field(name: "issue", label: t("Issue date of the DNI (day-month-year)"), lengths: 1...16)
        return try ask(issue) { (text) throws(DomainError) in try ContrastDatum(parsingIssueDate: text) }
    }

    /// Asks for a mobile phone's number.
    public func askPhone(note: String? = nil) throws(Status) -> PhoneNumber {
        let field = Host.Field(name: "phone", label: t("Mobile phone number"), note: note, lengths: 1...32)
        return try ask(field) { (text) throws(DomainError) in try PhoneNumber(parsing: text) }
    }

    /// Asks for an e-mail address.
    public func askEmail() throws(Status) -> EmailAddress {
        let field = Host.Field(name: "email", label: t("E-mail address"), lengths: 1...254)
        return try ask(field) { (text) throws(DomainError) in try EmailAddress(parsing: text) }
    }

    /// Asks until the answer has a right form.
    public func ask<Value>(
        _ field: Host.Field, _ parse: (String) throws(DomainError) -> Value
    ) throws(Status) -> Value {
        var field = field
        for _ in 0..<Self.maximumTries {
            let text = try host.askText(field)
            do throws(DomainError) { return try parse(text) } catch { field.note = t(error.description) }
        }
        host.progress(t("Too many answers of a wrong form."))
        throw .cancelled
    }

    /// Asks a yes or no.
    ///
    /// - Parameter name: the field's; it is answered `yes` or `no` by scripts.
    public func askYes(_ name: String, _ label: String) throws(Status) -> Bool {
        let choices = [t("yes"), t("no")]
        let field = Host.Field(
            name: name, label: label, kind: Int(CLAVE_FIELD_CHOICE), lengths: 1...512, choices: choices)
        return try host.askText(field) == choices[0]
    }
}
