import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import Localization
import QR
import WebServer

/// Cl@ve Mòbil: the page that waits for the approval.
struct MobilePage: DataPage {
    let request: VisitRequest

    init(_ request: VisitRequest) { self.request = request }

    static let path = "/gateway/mobile"
    var wayName: String { t("Cl@ve Mobile") }
    var askButton: String { t("Continue") }

    func ask(_ document: NationalDocument, _ datum: ContrastDatum) throws(StoreError) -> RequestOutcome {
        try services.approvals.request(visit.id, document, datum, address: context.request.address)
    }

    func beginLink() throws(StoreError) -> HTTPResponse {
        guard try services.approvals.requestLink(visit.id, address: context.request.address) != nil else {
            return noVisit()
        }
        return .redirect(to: Self.path)
    }

    func show() throws(StoreError) -> HTTPResponse {
        switch (visit.state, visit.method) {
        case (.waiting, .mobileByLink): return linkPage()
        case (.waiting, .mobileByDocument): return waitingPage("")
        case (.approved, _): return try proceed()
        case (.rejected, _):
            return message(t("Rejected"), t("The request was rejected in the agent. Nothing was approved."))
        case (.expired, _):
            return message(
                t("Expired"), t("Nobody approved the request in time. Start again at the procedure."))
        case (.open, _): return documentPage()
        default: return noVisit()
        }
    }

    private func linkPage() -> HTTPResponse {
        let link = MobileLink(gateway: services.settings.origin, token: visit.token).text
        let picture = QRCode.svg(link, title: t("QR code of the link below"))
        let field = TextField(name: "document", label: t("DNI or NIE"))
        let documentForm = form(
            "\(Self.path)/document", "\(field)", t("Continue without QR"), second: true)
        return waitingPage(
            """
            <p>\(t("Open this link with your agent, or let it read the QR:"))</p>
            \(picture)
            <p><a id="link" href="\(link)">\(link)</a></p>
            <p>\(t("In a terminal:")) <code>clave-requests --link '\(link)'</code></p>
            <h2>\(t("Without QR"))</h2>\(documentForm)
            """)
    }

    private func waitingPage(_ more: HTML) -> HTTPResponse {
        page(
            t("Approve the request in your agent"), waits: true,
            """
            \(purpose)
            <p>\(t("Verification code")): <span class="code" id="code">\(visit.code)</span></p>
            <p>\(t("Approve only if your agent shows the same code. Time left")):
            <span id="left" data-until="\(visit.expiresAt)" aria-live="off">\(t("5 minutes"))</span></p>
            <p role="status">\(t("Waiting. This page moves on by itself."))</p>
            <p>\(t("If another request waits in your agent, reject it first or wait until it expires."))</p>
            \(more)\(cancelForm)
            """)
    }
}
