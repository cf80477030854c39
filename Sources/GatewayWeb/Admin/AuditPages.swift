import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

/// The audit: its newest lines, of all or of some acts.
struct AuditPages: DeskPage {
    let request: DeskRequest

    init(_ request: DeskRequest, in pages: Pages) { self.request = request }

    func show() throws(StoreError) -> HTTPResponse { try lines([:]) }

    func lines(_ form: Form) throws(StoreError) -> HTTPResponse {
        var typed = RecordForm(form, t)
        let document = typed.value("document", isNeeded: false) { (text) throws(DomainError) in
            try NationalDocument(parsing: text)
        }
        let since = typed.value("since", isNeeded: false) { (text) throws(DomainError) in try CivilDate(parsing: text) }
        let acts = try services.auditLog.acts()
        let act = acts.first { $0 == form["act"] }
        let found =
            typed.errors.isEmpty
            ? try services.auditLog.newest(
                limit: DeskRequest.linesAtOnce, .init(since: since?.unixTime, act: act, document: document))
            : []
        return frame(
            t("Audit"), status: typed.errors.isEmpty ? 200 : 422,
            """
            \(ErrorSummary(t: t, errors: typed.errors))\(filter(typed, acts, act))
            <p>\(t("Times are in UTC. Documents are shown in part."))</p>
            \(table(found.reversed()))
            """)
    }

    private func table(_ lines: [AuditLine]) -> Table<AuditLine> {
        Table(
            t("The newest lines"), lines,
            [
                .init(t("Time")) { "\(moment($0.at))" }, .init(t("Act")) { "\($0.act)" },
                .init(t("Document")) { "\($0.subject)" }, .init(t("Network address")) { "\($0.address)" },
                .init(t("Outcome")) { foreign($0.outcome) }, .init(t("Operator")) { "\($0.actor)" },
            ])
    }

    private func filter(_ typed: RecordForm, _ acts: [String], _ act: String?) -> HTML {
        let record = RecordFields(t: t, typed: typed)
        let options: [(value: String, text: String)] = [("", t("all"))] + acts.map { ($0, $0) }
        let fields: HTML = """
            \(record.text("document"))
            \(record.text("since", hint: t("Day-month-year, such as 31-12-2030")))
            \(Choice(name: "act", label: t("Act"), options: options, chosen: act ?? ""))
            """
        return form("/desk/audit", fields, t("Show"))
    }
}
