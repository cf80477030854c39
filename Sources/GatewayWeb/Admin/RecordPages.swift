import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

/// One person's record, and what can be done about it.
struct RecordPages: DeskPage {
    let request: DeskRequest

    init(_ request: DeskRequest, in pages: Pages) { self.request = request }

    /// The record's number, as the address has it.
    var id: String { context["id"] }

    /// The record that the address names.
    func record() throws(StoreError) -> PersonFile? {
        guard let id = Int64(id) else { return nil }
        return try services.queries.file(id: id)
    }

    func show() throws(StoreError) -> HTTPResponse { try recordPage() }

    func showRemoval() throws(StoreError) -> HTTPResponse { try removalPage() }

    func recordPage(_ typed: RecordForm? = nil) throws(StoreError) -> HTTPResponse {
        guard let file = try record() else {
            let error = FieldError(field: "", text: t(ActOutcome.notFound.words))
            return frame(t("People"), status: 404, ErrorSummary(t: t, errors: [error]).html)
        }
        let errors = typed?.errors ?? []
        let isOwn = file.person.id == actingOperator.id
        return frame(
            file.person.name, status: errors.isEmpty ? 200 : 422,
            """
            \(ErrorSummary(t: t, errors: errors))\(facts(file.person))
            \(mailForm(file.person, isOwn: isOwn))
            <h2>\(t("Devices"))</h2>\(devices(file, isOwn: isOwn))
            <h2>\(t("Letters"))</h2>\(letters(file.letters))
            \(isOwn ? "<p>\(t(ActOutcome.ownRecord.words))</p>" : acts(file.person, typed))
            """)
    }

    /// What an operator can do about somebody else's record.
    private func acts(_ person: Citizen, _ typed: RecordForm?) -> HTML {
        let renewal = form(
            "/desk/citizen/\(id)/renew", subject(person), t("Renew, after seeing their document"), second: true)
        return """
            <h2>\(t("Renew"))</h2>
            <p>\(t("A registration counts at the basic level after five years, until it is renewed."))</p>
            \(renewal)
            <h2>\(t("Change"))</h2>\(changeForm(person, typed))
            <h2>\(t("Remove"))</h2>
            <p><a href="/desk/citizen/\(id)/remove">\(t("Remove this person from Cl@ve"))</a></p>
            """
    }

    // MARK: Forms

    /// Names the record in a form, as the operator sees it.
    func subject(_ person: Citizen, version: Int64? = nil) -> HTML {
        """
        <input type="hidden" name="document" value="\(person.document.text)">
        <input type="hidden" name="version" value="\(version ?? person.version)">
        """
    }

    private func mailForm(_ person: Citizen, isOwn: Bool) -> HTML {
        guard !isOwn, !person.email.isEmpty, person.emailConfirmedAt == 0 else { return "" }
        return form(
            "/desk/citizen/\(person.id)/link", subject(person), t("Send another link to confirm it"),
            second: true)
    }

    private func changeForm(_ person: Citizen, _ typed: RecordForm?) -> HTML {
        let record = RecordFields(t: t, typed: typed)
        let level = person.level == .advanced ? "advanced" : "basic"
        let fields: HTML = """
            \(subject(person, version: typed?.version))
            \(record.text("phone", known: person.phone.text, type: "tel"))
            \(record.text("email", hint: t("A link to confirm it goes there."), known: person.email, type: "email"))
            \(record.level(level))
            \(record.language(person.language))
            \(record.datum(keeps: true))
            <fieldset><legend>\(t("Another name"))</legend>
            <p>\(t("Leave all three empty to keep the name."))</p>
            \(record.text("given"))
            \(record.text("surname"))
            \(record.text("second"))
            </fieldset>
            """
        return form("/desk/citizen/\(person.id)/set", fields, t("Save"))
    }

    func removalPage(errors: [FieldError] = []) throws(StoreError) -> HTTPResponse {
        guard let file = try record(), file.person.id != actingOperator.id else { return try recordPage() }
        let fields: HTML = """
            \(subject(file.person))
            <fieldset><legend>\(t("Reason"))</legend>
            <label class="tick"><input type="radio" id="reason" name="reason" value="renunciation">
            \(t("They renounce Cl@ve, in person"))</label>
            <label class="tick"><input type="radio" name="reason" value="death">
            \(t("They have died, as a certificate shows"))</label>
            </fieldset>
            """
        return frame(
            t("Remove {1}", file.person.name), status: errors.isEmpty ? 200 : 422,
            """
            \(ErrorSummary(t: t, errors: errors))
            <p>\(t("Their device is told and acts no more; all that is known of them is deleted. This can't be undone."))</p>
            \(form("/desk/citizen/\(id)/remove", fields, t("Remove")))
            <p><a href="/desk/citizen/\(id)">\(t("Back to the record"))</a></p>
            """)
    }
}
