import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

/// Registering people who stand at the desk.
struct NewcomerPages: DeskPage {
    let request: DeskRequest

    init(_ request: DeskRequest, in pages: Pages) { self.request = request }

    func show() -> HTTPResponse { sheet(nil) }

    private func sheet(_ typed: RecordForm?) -> HTTPResponse {
        let record = RecordFields(t: t, typed: typed)
        let fields: HTML = """
            \(record.text("document"))
            \(record.text("given"))
            \(record.text("surname"))
            \(record.text("second"))
            \(record.datum())
            \(record.text("phone", type: "tel"))
            \(record.text("email", hint: t("A link to confirm it goes there."), type: "email"))
            \(record.level("advanced"))
            \(record.language("es"))
            """
        return frame(
            t("Register a person"), status: record.errors.isEmpty ? 200 : 422,
            """
            \(ErrorSummary(t: t, errors: record.errors))
            <p>\(t("Only who stands before you with their document is registered here. Compare face and document first."))</p>
            \(form("/desk/people/add", fields, t("Register")))
            """)
    }

    func add(_ form: Form) throws(StoreError) -> HTTPResponse {
        var typed = RecordForm(form, t)
        let document = typed.document()
        let name = typed.name(isNeeded: true)
        let datum = typed.datum(document, today: CivilDate(unixTime: services.clock.now()), isNeeded: true)
        let (phone, email) = (typed.phone(isNeeded: true), typed.email())
        guard typed.errors.isEmpty, let document, let name, let datum, let phone else {
            return sheet(typed)
        }
        let newcomer = RecordService.Newcomer(
            document: document, name: name, level: typed.level ?? .basic, datum: datum, phone: phone, email: email,
            language: typed.language ?? "es")
        let outcome = try services.records.register(newcomer, by: actor)
        guard outcome == .done, let file = try services.queries.file(of: document) else {
            typed.refuse(outcome.field, t(outcome.words))
            return sheet(typed)
        }
        return .redirect(to: "/desk/citizen/\(file.person.id)?done=yes")
    }
}
