import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import Localization
import QR
import WebServer

// Cl@ve Mòbil: the page that waits for the approval.
extension Pages {
    func beginLink(_ context: Context, _ visit: Transaction) throws(StoreError) -> HTTPResponse {
        guard try services.approvals.requestLink(visit.id, address: context.request.address) != nil else {
            return noVisit(context)
        }
        return .redirect(to: "/gateway/mobile")
    }

    func mobilePage(_ context: Context, _ visit: Transaction) throws(StoreError) -> HTTPResponse {
        let t = context.t
        switch (visit.state, visit.method) {
        case (.waiting, .mobileByLink): return linkPage(context, visit)
        case (.waiting, .mobileByDocument): return waitingPage(context, visit, "")
        case (.approved, _): return try proceed(context, visit)
        case (.rejected, _):
            return message(context, t("Rejected"), t("The request was rejected in the agent. Nothing was approved."))
        case (.expired, _):
            return message(
                context, t("Expired"), t("Nobody approved the request in time. Start again at the procedure."))
        case (.open, _): return documentPage(context, .mobile)
        default: return noVisit(context)
        }
    }

    /// What the page's script asks: the state in one word.
    func state(_ context: Context) -> HTTPResponse {
        let word = context.visit.map { "\($0.state)" } ?? "none"
        var response = HTTPResponse(type: "application/json", Array("{\"state\":\"\(word)\"}".utf8))
        response.headers += Page.safety
        return response
    }

    private func linkPage(_ context: Context, _ visit: Transaction) -> HTTPResponse {
        let t = context.t
        let link = MobileLink(gateway: services.settings.origin, token: visit.token).text
        let picture = QRCode.svg(link, title: t("QR code of the link below"))
        let documentForm = form(
            context, "/gateway/mobile/document", field("document", t("DNI or NIE")), t("Continue without QR"),
            second: true)
        return waitingPage(
            context, visit,
            """
            <p>\(t("Open this link with your agent, or let it read the QR:"))</p>
            \(picture)
            <p><a id="link" href="\(link)">\(link)</a></p>
            <p>\(t("In a terminal:")) <code>clave-requests --link '\(link)'</code></p>
            <h2>\(t("Without QR"))</h2>\(documentForm)
            """)
    }

    private func waitingPage(_ context: Context, _ visit: Transaction, _ more: HTML) -> HTTPResponse {
        let t = context.t
        return page(
            context, t("Approve the request in your agent"), waits: true,
            """
            \(purpose(context))
            <p>\(t("Verification code")): <span class="code" id="code">\(visit.code)</span></p>
            <p>\(t("Approve only if your agent shows the same code. Time left")):
            <span id="left" data-until="\(Int(visit.expiresAt))" aria-live="off">\(t("5 minutes"))</span></p>
            <p role="status">\(t("Waiting. This page moves on by itself."))</p>
            <p>\(t("If another request waits in your agent, reject it first or wait until it expires."))</p>
            \(more)\(cancelForm(context))
            """)
    }
}
