import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

// The desk: finding people, and registering them.
extension Pages {
    /// People on one page of the list, and found at once.
    static let peopleAtOnce = 50

    func searchForm(_ context: Context, _ typed: String) -> HTML {
        let t = context.t
        let field = deskField(
            "search", t("Document, phone or part of the name"),
            hint: t("It is sent in the page's body and stays out of addresses."), value: typed)
        return deskForm(context, "/desk/people", field, t("Find"))
    }

    func findPeople(
        _ context: Context, _ person: Citizen, _ form: [String: String]
    ) throws(StoreError) -> HTTPResponse {
        let t = context.t
        let typed = String((form["search"] ?? "").prefix(254))
        let found = typed.isEmpty ? [] : try services.queries.people(matching: typed, limit: Self.peopleAtOnce)
        let result: HTML =
            found.isEmpty ? "<p role=\"status\">\(t("Nobody was found."))</p>" : people(context, t("People"), found)
        return deskFrame(context, person, t("Find a person"), "\(searchForm(context, typed))\(result)")
    }

    /// The list of people, a page at a time.
    func peoplePage(_ context: Context, _ person: Citizen) throws(StoreError) -> HTTPResponse {
        let t = context.t
        let asked = min(max(Int(context.request.query["page"] ?? "") ?? 1, 1), 1_000_000)
        let found = try services.queries.people(offset: (asked - 1) * Self.peopleAtOnce, limit: Self.peopleAtOnce)
        let last = max(1, (found.count + Self.peopleAtOnce - 1) / Self.peopleAtOnce)
        let before: HTML =
            asked > 1 ? "<a rel=\"prev\" href=\"/desk/people?page=\(asked - 1)\">\(t("Previous page"))</a> " : ""
        let behind: HTML =
            asked < last ? "<a rel=\"next\" href=\"/desk/people?page=\(asked + 1)\">\(t("Next page"))</a>" : ""
        return deskFrame(
            context, person, t("People"),
            """
            \(people(context, t("Page {1} of {2}", String(asked), String(last)), found.people))
            <p>\(before)\(behind)</p>
            """)
    }

    private func people(_ context: Context, _ caption: String, _ list: [Citizen]) -> HTML {
        let t = context.t
        return table(
            caption, [t("Document"), t("Name"), t("Registration level"), t("Phone"), t("Registered")],
            list.map {
                [
                    "<a href=\"/desk/citizen/\(Int($0.id))\">\($0.document.text)</a>", foreign($0.name),
                    "\(levelWord(t, $0.level))", "\($0.phone.text)", "\(day($0.registeredAt))",
                ]
            })
    }

    // MARK: Registering

    func newcomerPage(_ context: Context, _ person: Citizen) -> HTTPResponse { addPage(context, person) }

    private func addPage(_ context: Context, _ person: Citizen, _ typed: RecordForm? = nil) -> HTTPResponse {
        let t = context.t
        let errors = typed?.errors ?? []
        func field(_ name: String, hint: String = "", type: String = "text") -> HTML {
            deskField(
                name, RecordForm.label(name, t), hint: hint, value: typed?.typed(name) ?? "", type: type, errors: errors
            )
        }
        let fields: HTML = """
            \(field("document"))
            \(field("given"))
            \(field("surname"))
            \(field("second"))
            \(datumField(context, typed, errors))
            \(field("phone", type: "tel"))
            \(field("email", hint: t("A link to confirm it goes there."), type: "email"))
            \(choice("level", RecordForm.label("level", t), levels(t), chosen: typed?.typed("level") ?? "advanced"))
            \(choice("language", RecordForm.label("language", t), languages, chosen: typed?.typed("language") ?? "es"))
            """
        return deskFrame(
            context, person, t("Register a person"), status: errors.isEmpty ? 200 : 422,
            """
            \(summary(context, errors))
            <p>\(t("Only who stands before you with their document is registered here. Compare face and document first."))</p>
            \(deskForm(context, "/desk/people/add", fields, t("Register")))
            """)
    }

    func addPerson(
        _ context: Context, _ person: Citizen, _ form: [String: String]
    ) throws(StoreError) -> HTTPResponse {
        var typed = RecordForm(form, context.t)
        let document = typed.document()
        let name = typed.name(isNeeded: true)
        let datum = typed.datum(document, today: CivilDate(unixTime: services.clock.now()), isNeeded: true)
        let (phone, email) = (typed.phone(isNeeded: true), typed.email())
        guard typed.errors.isEmpty, let document, let name, let datum, let phone else {
            return addPage(context, person, typed)
        }
        let newcomer = RecordService.Newcomer(
            document: document, name: name, level: typed.level ?? .basic, datum: datum, phone: phone, email: email,
            language: typed.language ?? "es")
        let outcome = try services.records.register(newcomer, by: actor(context, person))
        guard outcome == .done, let file = try services.queries.file(of: document) else {
            typed.refuse(outcome.field, context.t(outcome.words))
            return addPage(context, person, typed)
        }
        return .redirect(to: "/desk/citizen/\(file.person.id)?done=yes")
    }

    // MARK: Fields

    /// The contrast datum, and whether it is the issue date of a permanent DNI.
    func datumField(_ context: Context, _ typed: RecordForm?, _ errors: [FieldError], keeps: Bool = false) -> HTML {
        let t = context.t
        let hint =
            keeps
            ? t("Leave it empty to keep what is known.")
            : t("DNI: validity date, or issue date if it is permanent. NIE: support number.")
        let isPermanent = typed?.typed("permanent") == "yes"
        return """
            \(deskField("datum", RecordForm.label("datum", t), hint: hint, value: typed?.typed("datum") ?? "", errors: errors))
            <label class="tick"><input type="checkbox" name="permanent" value="yes"\(isPermanent ? " checked" : "" as HTML)>
            \(t("The DNI is permanent (01-01-9999); this is its issue date"))</label>
            """
    }

    func levels(_ t: Localizer) -> [(value: String, text: String)] {
        [("basic", t("basic")), ("advanced", t("advanced"))]
    }

    var languages: [(value: String, text: String)] { Language.allCases.map { ($0.rawValue, $0.endonym) } }

    /// An operator as the services know who acts.
    func actor(_ context: Context, _ person: Citizen) -> Actor { .desk(person, address: context.request.address) }
}

extension ActOutcome {
    /// The field to which a refusal belongs; empty for the form as a whole.
    var field: String {
        switch self {
        case .documentTaken, .notListed, .tooManyLetters: "document"
        case .phoneTaken: "phone"
        case .otherDatum: "datum"
        default: ""
        }
    }
}
