import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

// Document and contrast datum, in two steps: the second asks what goes with the first. No script is needed.
extension Pages {
    /// What the data are for.
    enum Purpose: String {
        case pin
        case mobile
    }

    func choicePage(_ context: Context, _ visit: Transaction) -> HTTPResponse {
        let t = context.t
        return page(
            context, t("How do you want to identify yourself?"),
            """
            \(purpose(context))
            <h2>\(t("Cl@ve PIN"))</h2><p>\(t("You get a PIN in your agent and type it here."))</p>
            <p><a href="/gateway/pin">\(t("Continue with Cl@ve PIN"))</a></p>
            <h2>\(t("Cl@ve Mobile"))</h2><p>\(t("You approve the request in your agent."))</p>
            \(form(context, "/gateway/mobile/link", "", t("Continue with Cl@ve Mobile")))
            <h2>\(t("Other ways"))</h2>
            <p>\(t("Certificate, DNIe and Cl@ve Permanente are not offered by this sandbox."))</p>
            \(cancelForm(context))
            """)
    }

    /// The first form: the document.
    func documentPage(_ context: Context, _ purpose: Purpose, error: String? = nil, typed: String = "") -> HTTPResponse
    {
        let t = context.t
        return page(
            context, purpose == .pin ? t("Cl@ve PIN") : t("Cl@ve Mobile"), status: error == nil ? 200 : 422,
            """
            \(summary(context, error))\(self.purpose(context))
            \(form(context, "/gateway/\(purpose.rawValue)/document", field("document", t("DNI or NIE"), value: typed, hasError: error != nil), t("Continue")))
            \(cancelForm(context))
            """)
    }

    /// Takes the document, and asks the datum that goes with it.
    func documentStep(
        _ context: Context, _ visit: Transaction, _ form: [String: String], _ purpose: Purpose
    ) -> HTTPResponse {
        let typed = form["document"] ?? ""
        do throws(DomainError) {
            return datumPage(context, try NationalDocument(parsing: typed), purpose)
        } catch {
            return documentPage(context, purpose, error: context.t(error.description), typed: String(typed.prefix(16)))
        }
    }

    /// The second form: validity date, or issue date of a permanent DNI, or support number.
    func datumPage(
        _ context: Context, _ document: NationalDocument, _ purpose: Purpose, error: String? = nil,
        isPermanent: Bool = false
    ) -> HTTPResponse {
        let t = context.t
        let hasError = error != nil
        let datum: HTML
        if document.kind == .nie {
            datum = field("datum", t("Support number"), hint: t("E or C and eight digits"), hasError: hasError)
        } else {
            datum = """
                \(field("datum", t("Validity date, or issue date if the DNI is permanent"), hint: t("Day-month-year, such as 31-12-2030"), hasError: hasError))
                <label class="tick"><input type="checkbox" name="permanent" value="yes"\(isPermanent ? " checked" : "" as HTML)>
                \(t("My DNI is permanent (01-01-9999); I typed its issue date"))</label>
                """
        }
        let fields: HTML = """
            <p>\(t("DNI or NIE")): <strong>\(document.text)</strong></p>
            <input type="hidden" name="document" value="\(document.text)">\(datum)
            """
        return page(
            context, purpose == .pin ? t("Cl@ve PIN") : t("Cl@ve Mobile"), status: hasError ? 422 : 200,
            """
            \(summary(context, error))\(self.purpose(context))
            \(form(context, "/gateway/\(purpose.rawValue)/request", fields, purpose == .pin ? t("Get PIN") : t("Continue")))
            \(cancelForm(context))
            """)
    }

    /// Takes both, and asks the services. What the page says does not depend on whether they are right.
    func datumStep(
        _ context: Context, _ visit: Transaction, _ form: [String: String], _ purpose: Purpose
    ) throws(StoreError) -> HTTPResponse {
        let typed = form["datum"] ?? ""
        let isPermanent = form["permanent"] == "yes"
        let document: NationalDocument
        do throws(DomainError) { document = try NationalDocument(parsing: form["document"] ?? "") } catch {
            return documentPage(context, purpose, error: context.t(error.description))
        }
        let datum: ContrastDatum
        do throws(DomainError) {
            datum =
                isPermanent && document.kind == .dni
                ? try ContrastDatum(
                    parsingIssueDate: typed, notAfter: CivilDate(unixTime: services.clock.now()))
                : try ContrastDatum(parsing: typed, for: document)
        } catch {
            return datumPage(
                context, document, purpose, error: context.t(error.description), isPermanent: isPermanent)
        }
        let address = context.request.address
        let outcome =
            purpose == .pin
            ? try services.pins.request(visit.id, document, datum, address: address)
            : try services.approvals.request(visit.id, document, datum, address: address)
        switch outcome {
        case .accepted: return .redirect(to: "/gateway/\(purpose.rawValue)")
        case .tooMany(let seconds): return tooMany(context, seconds)
        case .blocked(let seconds): return blocked(context, seconds)
        case .gone: return noVisit(context)
        }
    }
}
