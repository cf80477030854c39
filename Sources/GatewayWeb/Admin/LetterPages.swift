import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

/// Letters of invitation: the newest, sending one, and making one void.
struct LetterPages: DeskPage {
    let request: DeskRequest

    init(_ request: DeskRequest, in pages: Pages) { self.request = request }

    func show() throws(StoreError) -> HTTPResponse { try list(nil) }

    private func list(_ typed: RecordForm?) throws(StoreError) -> HTTPResponse {
        let errors = typed?.errors ?? []
        let field = RecordFields(t: t, typed: typed).text(
            "document", hint: t("Of the census, and not registered: the letter goes to the fiscal address."))
        let letters = try services.queries.letters(limit: DeskRequest.linesAtOnce)
        return frame(
            t("Letters"), status: errors.isEmpty ? 200 : 422,
            """
            \(ErrorSummary(t: t, errors: errors))
            <h2>\(t("Send a letter"))</h2>
            \(form("/desk/letters/send", "\(field)", t("Send")))
            <h2>\(t("The newest letters"))</h2>
            \(table(letters))
            """)
    }

    private func table(_ letters: [LetterLine]) -> Table<LetterLine> {
        Table(
            t("Letters"), letters,
            [
                .init(t("Number")) { "\($0.number)" }, .init(t("Document")) { "\($0.document)" },
                .init(t("State")) { "\(letterWord($0))" }, .init(t("Asked for")) { "\(day($0.sentAt))" },
                .init(t("Good until")) { "\(day($0.expiresAt))" }, .init(t("Act")) { voidForm($0) },
            ])
    }

    /// The button that makes a letter void, as long as it can be used.
    private func voidForm(_ letter: LetterLine) -> HTML {
        guard letter.state == .live, !letter.isExpired else { return "" }
        return form(
            "/desk/letters/void", "<input type=\"hidden\" name=\"document\" value=\"\(letter.document)\">",
            t("Make void"), second: true, about: "\(letter.number)")
    }

    func send(_ form: Form) throws(StoreError) -> HTTPResponse {
        var typed = RecordForm(form, t)
        guard let document = typed.document() else { return try list(typed) }
        let outcome = try services.letterAdministration.send(to: document, by: actor)
        return try ended(&typed, outcome, field: outcome.field)
    }

    func makeVoid(_ form: Form) throws(StoreError) -> HTTPResponse {
        var typed = RecordForm(form, t)
        guard let document = typed.document() else { return try list(typed) }
        let outcome = try services.letterAdministration.void(of: document, by: actor)
        return try ended(&typed, outcome, field: "")
    }

    /// Back to the letters, with what came of the act.
    private func ended(
        _ typed: inout RecordForm, _ outcome: ActOutcome, field: String
    ) throws(StoreError) -> HTTPResponse {
        guard outcome != .done else { return .redirect(to: "/desk/letters?done=yes") }
        typed.refuse(field, t(outcome.words))
        return try list(typed)
    }
}
