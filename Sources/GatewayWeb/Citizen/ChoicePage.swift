import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer
import Wire

/// How a visit begins and ends: the choice of a way to identify oneself, and giving up.
struct ChoicePage: VisitPage {
    let request: VisitRequest

    init(_ request: VisitRequest) { self.request = request }

    func choose() -> HTTPResponse {
        page(
            t("How do you want to identify yourself?"),
            """
            \(purpose)
            <h2>\(t("Cl@ve PIN"))</h2><p>\(t("You get a PIN in your agent and type it here."))</p>
            <p><a href="/gateway/pin">\(t("Continue with Cl@ve PIN"))</a></p>
            <h2>\(t("Cl@ve Mobile"))</h2><p>\(t("You approve the request in your agent."))</p>
            \(form("/gateway/mobile/link", "", t("Continue with Cl@ve Mobile")))
            <h2>\(t("Other ways"))</h2>
            <p>\(t("Certificate, DNIe and Cl@ve Permanente are not offered by this sandbox."))</p>
            \(cancelForm)
            """)
    }

    func cancel() throws(StoreError) -> HTTPResponse {
        try services.visits.cancel(visit.id)
        return message(t("Cancelled"), t("Nothing was approved. You can close this page."))
    }

    /// An address below the gateway's that no page has: only who is there hears so.
    func noStep() -> HTTPResponse { notFound() }
}

/// What the script of a page that waits asks.
struct VisitStatePage: OpenPage {
    let context: PageContext

    init(_ context: PageContext, in pages: Pages) { self.context = context }

    /// The state in one word.
    func state() -> HTTPResponse {
        var json = JSONWriter()
        json.put("state", context.visit.map { "\($0.state)" } ?? "none")
        return .json(json)
    }
}
