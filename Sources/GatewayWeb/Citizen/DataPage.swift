import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

/// A way to identify oneself that asks for document and contrast datum, in two steps: the second asks what goes with the
/// first. No script is needed.
protocol DataPage: VisitPage {
    /// The address of the way's page; its forms lead below it.
    static var path: String { get }
    /// What the way is called.
    var wayName: String { get }
    /// What the button says that sends the data.
    var askButton: String { get }

    /// Asks the services with the data, which may not be right.
    func ask(_ document: NationalDocument, _ datum: ContrastDatum) throws(StoreError) -> RequestOutcome
}

extension DataPage {
    /// The first form: the document.
    func documentPage(error: String? = nil, typed: String = "") -> HTTPResponse {
        let field = TextField(name: "document", label: t("DNI or NIE"), value: typed, hasError: error != nil)
        return page(
            wayName, status: error == nil ? 200 : 422,
            """
            \(ErrorBox(t: t, text: error))\(purpose)
            \(form("\(Self.path)/document", "\(field)", t("Continue")))
            \(cancelForm)
            """)
    }

    /// Takes the document, and asks the datum that goes with it.
    func documentStep(_ form: Form) -> HTTPResponse {
        let typed = form["document"] ?? ""
        do throws(DomainError) {
            return datumPage(try NationalDocument(parsing: typed))
        } catch {
            return documentPage(error: t(error.description), typed: String(typed.prefix(16)))
        }
    }

    /// The second form: validity date, or issue date of a permanent DNI, or support number.
    private func datumPage(
        _ document: NationalDocument, error: String? = nil, isPermanent: Bool = false
    ) -> HTTPResponse {
        let datum = document.kind == .nie ? supportField(error != nil) : dateFields(error != nil, isPermanent)
        let fields: HTML = """
            <p>\(t("DNI or NIE")): <strong>\(document.text)</strong></p>
            <input type="hidden" name="document" value="\(document.text)">\(datum)
            """
        return page(
            wayName, status: error == nil ? 200 : 422,
            """
            \(ErrorBox(t: t, text: error))\(purpose)
            \(form("\(Self.path)/request", fields, askButton))
            \(cancelForm)
            """)
    }

    private func supportField(_ hasError: Bool) -> HTML {
        TextField(name: "datum", label: t("Support number"), hint: t("E or C and eight digits"), hasError: hasError)
            .html
    }

    private func dateFields(_ hasError: Bool, _ isPermanent: Bool) -> HTML {
        let date = TextField(
            name: "datum", label: t("Validity date, or issue date if the DNI is permanent"),
            hint: t("Day-month-year, such as 31-12-2030"), hasError: hasError)
        let permanent = Checkbox(
            name: "permanent", text: t("My DNI is permanent (01-01-9999); I typed its issue date"),
            isTicked: isPermanent)
        return """
            \(date)
            \(permanent)
            """
    }

    /// Takes both, and asks the services. What the page says does not depend on whether they are right.
    func datumStep(_ form: Form) throws(StoreError) -> HTTPResponse {
        let isPermanent = form["permanent"] == "yes"
        let document: NationalDocument
        do throws(DomainError) { document = try NationalDocument(parsing: form["document"] ?? "") } catch {
            return documentPage(error: t(error.description))
        }
        let datum: ContrastDatum
        do throws(DomainError) { datum = try self.datum(form["datum"] ?? "", document, isPermanent) } catch {
            return datumPage(document, error: t(error.description), isPermanent: isPermanent)
        }
        switch try ask(document, datum) {
        case .accepted: return .redirect(to: Self.path)
        case .tooMany(let seconds): return tooMany(seconds)
        case .blocked(let seconds): return blocked(seconds)
        case .gone: return noVisit()
        }
    }

    private func datum(
        _ typed: String, _ document: NationalDocument, _ isPermanent: Bool
    ) throws(DomainError) -> ContrastDatum {
        guard isPermanent, document.kind == .dni else { return try ContrastDatum(parsing: typed, for: document) }
        return try ContrastDatum(parsingIssueDate: typed, notAfter: CivilDate(unixTime: services.clock.now()))
    }
}
