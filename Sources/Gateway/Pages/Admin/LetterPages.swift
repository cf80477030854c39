import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

// The desk: lists of devices and letters, and the audit.
extension Pages {
    /// Lines of a list.
    private static let linesAtOnce = 100

    func devicesPage(_ context: Context, _ person: Citizen) throws(StoreError) -> HTTPResponse {
        let t = context.t
        let list = try services.queries.devices(isActive: true, limit: Self.linesAtOnce)
        return deskFrame(
            context, person, t("Devices"),
            """
            <p>\(t("The devices that were activated last and still act. One is deactivated in the person's record."))</p>
            \(table(
                t("Devices"), [t("Document"), t("Device"), t("Activated")],
                list.map {
                    [
                        "<a href=\"/desk/citizen/\(Int($0.citizen))\">\($0.document)</a>", foreign($0.name),
                        "\(day($0.activatedAt))",
                    ]
                }))
            """)
    }

    // MARK: Letters

    func newestLetters(_ context: Context, _ person: Citizen) throws(StoreError) -> HTTPResponse {
        try lettersPage(context, person)
    }

    private func lettersPage(
        _ context: Context, _ person: Citizen, _ typed: RecordForm? = nil
    ) throws(StoreError) -> HTTPResponse {
        let t = context.t
        let errors = typed?.errors ?? []
        let field = deskField(
            "document", RecordForm.label("document", t),
            hint: t("Of the census, and not registered: the letter goes to the fiscal address."),
            value: typed?.typed("document") ?? "", errors: errors)
        let list = try services.queries.letters(limit: Self.linesAtOnce)
        return deskFrame(
            context, person, t("Letters"), status: errors.isEmpty ? 200 : 422,
            """
            \(summary(context, errors))
            <h2>\(t("Send a letter"))</h2>
            \(deskForm(context, "/desk/letters/send", field, t("Send")))
            <h2>\(t("The newest letters"))</h2>
            \(table(
                t("Letters"), [t("Number"), t("Document"), t("State"), t("Asked for"), t("Good until"), t("Act")],
                list.map { letterRow(context, $0) }))
            """)
    }

    private func letterRow(_ context: Context, _ letter: LetterLine) -> [HTML] {
        let t = context.t
        let isLive = letter.state == .live && !letter.isExpired
        let button: HTML =
            isLive
            ? deskForm(
                context, "/desk/letters/void",
                "<input type=\"hidden\" name=\"document\" value=\"\(letter.document)\">", t("Make void"), second: true,
                about: "\(letter.number)")
            : ""
        return [
            "\(Int(letter.number))", "\(letter.document)", "\(letterWord(t, letter))", "\(day(letter.sentAt))",
            "\(day(letter.expiresAt))", button,
        ]
    }

    func letterWord(_ t: Localizer, _ letter: LetterLine) -> String {
        switch letter.state {
        case .used: t("used")
        case .void: t("void")
        case .live: letter.isExpired ? t("expired") : letter.printedAt == 0 ? t("to be printed") : t("on its way")
        }
    }

    func sendLetter(_ context: Context, _ person: Citizen, _ form: Form) throws(StoreError) -> HTTPResponse {
        var typed = RecordForm(form, context.t)
        guard let document = typed.document() else { return try lettersPage(context, person, typed) }
        let outcome = try services.letterAdministration.send(to: document, by: actor(context, person))
        return try ended(context, person, &typed, outcome, field: outcome.field)
    }

    func voidLetter(_ context: Context, _ person: Citizen, _ form: Form) throws(StoreError) -> HTTPResponse {
        var typed = RecordForm(form, context.t)
        guard let document = typed.document() else { return try lettersPage(context, person, typed) }
        let outcome = try services.letterAdministration.void(of: document, by: actor(context, person))
        return try ended(context, person, &typed, outcome, field: "")
    }

    /// Back to the letters, with what came of the act.
    private func ended(
        _ context: Context, _ person: Citizen, _ typed: inout RecordForm, _ outcome: ActOutcome, field: String
    ) throws(StoreError) -> HTTPResponse {
        guard outcome != .done else { return .redirect(to: "/desk/letters?done=yes") }
        typed.refuse(field, context.t(outcome.words))
        return try lettersPage(context, person, typed)
    }

    // MARK: Audit

    func newestAudit(_ context: Context, _ person: Citizen) throws(StoreError) -> HTTPResponse {
        try auditPage(context, person, [:])
    }

    func auditPage(
        _ context: Context, _ person: Citizen, _ form: [String: String]
    ) throws(StoreError) -> HTTPResponse {
        let t = context.t
        var typed = RecordForm(form, t)
        let document = typed.value("document", isNeeded: false) { (text) throws(DomainError) in
            try NationalDocument(parsing: text)
        }
        let since = typed.value("since", isNeeded: false) { (text) throws(DomainError) in try CivilDate(parsing: text) }
        let acts = try services.auditLog.acts()
        let act = acts.first { $0 == form["act"] }
        let lines =
            typed.errors.isEmpty
            ? try services.auditLog.newest(
                limit: Self.linesAtOnce, .init(since: since?.unixTime, act: act, document: document))
            : []
        return deskFrame(
            context, person, t("Audit"), status: typed.errors.isEmpty ? 200 : 422,
            """
            \(summary(context, typed.errors))\(auditForm(context, typed, acts, act))
            <p>\(t("Times are in UTC. Documents are shown in part."))</p>
            \(table(
                t("The newest lines"),
                [t("Time"), t("Act"), t("Document"), t("Network address"), t("Outcome"), t("Operator")],
                lines.reversed().map {
                    [
                        "\(moment($0.at))", "\($0.act)", "\($0.subject)", "\($0.address)", foreign($0.outcome),
                        "\($0.actor)",
                    ]
                }))
            """)
    }

    private func auditForm(_ context: Context, _ typed: RecordForm, _ acts: [String], _ act: String?) -> HTML {
        let t = context.t
        let fields: HTML = """
            \(deskField("document", RecordForm.label("document", t), value: typed.typed("document"), errors: typed.errors))
            \(deskField("since", RecordForm.label("since", t), hint: t("Day-month-year, such as 31-12-2030"), value: typed.typed("since"), errors: typed.errors))
            \(choice("act", t("Act"), [("", t("all"))] + acts.map { ($0, $0) }, chosen: act ?? ""))
            """
        return deskForm(context, "/desk/audit", fields, t("Show"))
    }
}
