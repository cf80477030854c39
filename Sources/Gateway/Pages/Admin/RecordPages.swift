import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

// The desk: one person's record, and what can be done about it.
extension Pages {
    /// The record of a row number, as an address holds it.
    func record(_ text: String) throws(StoreError) -> PersonFile? {
        guard let id = Int64(text) else { return nil }
        return try services.queries.file(id: id)
    }

    func namedRecordPage(_ context: Context, _ person: Citizen) throws(StoreError) -> HTTPResponse {
        try recordPage(context, person, context["id"])
    }

    func namedRemovalPage(_ context: Context, _ person: Citizen) throws(StoreError) -> HTTPResponse {
        try removalPage(context, person, context["id"])
    }

    func recordPage(
        _ context: Context, _ person: Citizen, _ id: String, _ typed: RecordForm? = nil
    ) throws(StoreError) -> HTTPResponse {
        let t = context.t
        guard let file = try record(id) else {
            return deskFrame(
                context, person, t("People"), status: 404,
                "\(summary(context, [FieldError(field: "", text: t(ActOutcome.notFound.words))]))")
        }
        let errors = typed?.errors ?? []
        let isOwn = file.person.id == person.id
        let acts: HTML =
            isOwn
            ? "<p>\(t(ActOutcome.ownRecord.words))</p>"
            : """
            <h2>\(t("Renew"))</h2>
            <p>\(t("A registration counts at the basic level after five years, until it is renewed."))</p>
            \(deskForm(context, "/desk/citizen/\(id)/renew", subject(file.person), t("Renew, after seeing their document"), second: true))
            <h2>\(t("Change"))</h2>\(changeForm(context, file.person, typed))
            <h2>\(t("Remove"))</h2>
            <p><a href="/desk/citizen/\(id)/remove">\(t("Remove this person from Cl@ve"))</a></p>
            """
        return deskFrame(
            context, person, file.person.name, status: errors.isEmpty ? 200 : 422,
            """
            \(summary(context, errors))\(facts(context, file.person))
            \(mailForm(context, file.person, isOwn: isOwn))
            <h2>\(t("Devices"))</h2>\(devices(context, file, isOwn: isOwn))
            <h2>\(t("Letters"))</h2>\(letters(context, file.letters))
            \(acts)
            """)
    }

    // MARK: What is known

    private func facts(_ context: Context, _ person: Citizen) -> HTML {
        let t = context.t
        let email =
            person.email.isEmpty
            ? t("none")
            : person.emailConfirmedAt == 0
                ? t("{1} (not confirmed)", person.email) : t("{1} (confirmed)", person.email)
        let rows: [(String, HTML)] = [
            (t("Document"), "\(person.document.text)"), (t("Name"), foreign(person.name)),
            (t("Registration level"), "\(levelWord(t, person.level))"),
            (t("Registered"), "\(day(person.registeredAt)), \(wayWord(t, person.way))"),
            (t("To be renewed"), renewal(t, person)),
            (t("Contrast datum"), "\(kindWord(t, person.datum))"), (t("Mobile phone"), "\(person.phone.text)"),
            (t("E-mail"), "\(email)"),
            (t("Language of messages"), "\(Language(rawValue: person.language)?.endonym ?? person.language)"),
            (t("Operator"), "\(person.isOperator ? t("yes") : t("no"))"),
        ]
        return "<dl>\(HTML(rows.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }))</dl>"
    }

    private func renewal(_ t: Localizer, _ person: Citizen) -> HTML {
        let day = day(person.renewalDue)
        guard services.clock.now() >= person.renewalDue else { return "\(day)" }
        return "\(t("{1}: since then it counts at the basic level", day))"
    }

    /// The kind only: the value proves who somebody is.
    private func kindWord(_ t: Localizer, _ datum: ContrastDatum) -> String {
        switch datum {
        case .validity: t("validity date")
        case .issue: t("issue date of a permanent DNI")
        case .support: t("support number")
        }
    }

    private func devices(_ context: Context, _ file: PersonFile, isOwn: Bool) -> HTML {
        let t = context.t
        guard !file.devices.isEmpty else { return "<p>\(t("There are none yet."))</p>" }
        return table(
            t("Devices"), [t("Device"), t("Activated"), t("State")],
            file.devices.map { device in
                let button: HTML =
                    device.isActive && !isOwn
                    ? deskForm(
                        context, "/desk/citizen/\(file.person.id)/deactivate",
                        "\(subject(file.person))<input type=\"hidden\" name=\"device\" value=\"\(Int(device.id))\">",
                        t("Deactivate"), second: true, about: device.name)
                    : "\(device.isActive ? t("active") : t("ended"))"
                return [foreign(device.name), "\(day(device.activatedAt))", button]
            })
    }

    private func letters(_ context: Context, _ list: [LetterLine]) -> HTML {
        let t = context.t
        guard !list.isEmpty else { return "<p>\(t("There are none yet."))</p>" }
        return table(
            t("Letters"), [t("Number"), t("State"), t("Asked for"), t("Good until")],
            list.map { ["\(Int($0.number))", "\(letterWord(t, $0))", "\(day($0.sentAt))", "\(day($0.expiresAt))"] })
    }

    // MARK: Forms

    /// Names the record in a form, as the operator sees it.
    func subject(_ person: Citizen, version: Int64? = nil) -> HTML {
        """
        <input type="hidden" name="document" value="\(person.document.text)">
        <input type="hidden" name="version" value="\(Int(version ?? person.version))">
        """
    }

    private func mailForm(_ context: Context, _ person: Citizen, isOwn: Bool) -> HTML {
        guard !isOwn, !person.email.isEmpty, person.emailConfirmedAt == 0 else { return "" }
        return deskForm(
            context, "/desk/citizen/\(person.id)/link", subject(person), context.t("Send another link to confirm it"),
            second: true)
    }

    private func changeForm(_ context: Context, _ person: Citizen, _ typed: RecordForm?) -> HTML {
        let t = context.t
        let errors = typed?.errors ?? []
        func field(_ name: String, hint: String = "", value: String = "", type: String = "text") -> HTML {
            deskField(
                name, RecordForm.label(name, t), hint: hint, value: typed?.typed(name) ?? value, type: type,
                errors: errors)
        }
        let level = person.level == .advanced ? "advanced" : "basic"
        let fields: HTML = """
            \(subject(person, version: typed?.version))
            \(field("phone", value: person.phone.text, type: "tel"))
            \(field("email", hint: t("A link to confirm it goes there."), value: person.email, type: "email"))
            \(choice("level", RecordForm.label("level", t), levels(t), chosen: typed?.typed("level") ?? level))
            \(choice("language", RecordForm.label("language", t), languages, chosen: typed?.typed("language") ?? person.language))
            \(datumField(context, typed, errors, keeps: true))
            <fieldset><legend>\(t("Another name"))</legend>
            <p>\(t("Leave all three empty to keep the name."))</p>
            \(field("given"))
            \(field("surname"))
            \(field("second"))
            </fieldset>
            """
        return deskForm(context, "/desk/citizen/\(person.id)/set", fields, t("Save"))
    }

    func removalPage(
        _ context: Context, _ person: Citizen, _ id: String, errors: [FieldError] = []
    ) throws(StoreError) -> HTTPResponse {
        let t = context.t
        guard let file = try record(id), file.person.id != person.id else {
            return try recordPage(context, person, id)
        }
        let fields: HTML = """
            \(subject(file.person))
            <fieldset><legend>\(t("Reason"))</legend>
            <label class="tick"><input type="radio" id="reason" name="reason" value="renunciation">
            \(t("They renounce Cl@ve, in person"))</label>
            <label class="tick"><input type="radio" name="reason" value="death">
            \(t("They have died, as a certificate shows"))</label>
            </fieldset>
            """
        return deskFrame(
            context, person, t("Remove {1}", file.person.name), status: errors.isEmpty ? 200 : 422,
            """
            \(summary(context, errors))
            <p>\(t("Their device is told and acts no more; all that is known of them is deleted. This can't be undone."))</p>
            \(deskForm(context, "/desk/citizen/\(id)/remove", fields, t("Remove")))
            <p><a href="/desk/citizen/\(id)">\(t("Back to the record"))</a></p>
            """)
    }
}
