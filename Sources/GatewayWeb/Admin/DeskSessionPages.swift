import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

/// What an operator's session has besides its pages: its end, and what is said where there is no page.
struct DeskSessionPages: DeskPage {
    let request: DeskRequest
    private let sessions: Sessions

    init(_ request: DeskRequest, in pages: Pages) {
        self.request = request
        sessions = pages.sessions
    }

    func leave() -> HTTPResponse {
        if let name = context.request.cookies[Pages.deskCookie] { sessions.end(name) }
        var response = HTTPResponse.redirect(to: "/desk")
        response.removeCookie(Pages.deskCookie)
        return response
    }

    func foreignForm() -> HTTPResponse {
        message(
            t("Operators' desk"), status: 403,
            t("This form is not one of your session at the desk. Nothing was changed."))
    }

    /// An address below the desk's that no page has: only operators hear so.
    func noPage() -> HTTPResponse { notFound() }
}
