import ClaveDomain
import ClavePluginABI
import Localization
import PluginKit
import SecureMemory
import Wire

/// The conversation: document, contrast datum, code.
///
/// The names of the fields (`document`, `validity`, `issue`, `support`, `code`) are a contract: scripts fill them in.
struct Activation {
    /// Answers to one question before the conversation ends.
    private static let maximumTries = 5

    private let host: Host
    /// In the person's language.
    private let t: Localizer

    init(_ host: Host) {
        self.host = host
        t = Localizer(language: Language(locale: host.locale), folder: Localizer.catalogFolder)
    }

    /// Holds the conversation.
    func run() throws(Status) {
        let document = try askDocument()
        let datum = try askDatum(of: document)
        try start(document, datum)
        try finish()
    }

    // MARK: Questions

    private func askDocument() throws(Status) -> NationalDocument {
        let field = Host.Field(name: "document", label: t("DNI or NIE"), lengths: 1...16)
        return try ask(field) { (text) throws(DomainError) in try NationalDocument(parsing: text) }
    }

    /// The datum that proves the document: a DNI's validity date, or its issue date if it is permanent; a NIE's support
    /// number.
    private func askDatum(of document: NationalDocument) throws(Status) -> ContrastDatum {
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

    /// Asks until the answer has a right form.
    private func ask<Value>(
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

    // MARK: Rounds

    private func start(_ document: NationalDocument, _ datum: ContrastDatum) throws(Status) {
        var request = SecretWriter()
        request.put(document.text)
        request.put(datum.kindName)
        request.put(datum.canonicalText)
        request.put(host.locale)
        let reply = try host.exchange("start", request.finish())
        switch reply.first {
        case 0: host.progress(t("If the data are right, a code is on its way to the registered phone."))
        case 1:
            host.progress(t("Too many requests. Wait some minutes, then try again."))
            throw .refused
        default: throw .failed
        }
    }

    private func finish() throws(Status) {
        var field = Host.Field(
            name: "code", label: t("Code received by SMS"), kind: Int(CLAVE_FIELD_DIGITS), lengths: 6...6)
        for _ in 0..<ClaveRules.smsCodeTries {
            var request = SecretWriter()
            request.put(try host.ask(field))
            switch try host.exchange("finish", request.finish()).first {
            case 0: return
            case 1: field.note = t("The code is not right. Look again at the newest message.")
            case 2:
                host.progress(t("The code is no longer valid. Start again to get a new one."))
                throw .refused
            default: throw .failed
            }
        }
        throw .refused
    }
}
