import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

/// The way into the operators' desk. Who has no session of it sees one button, at whatever address below `/desk`.
struct DeskDoor: SignInPage, OpenPage {
    let context: PageContext
    let services: Services
    let sessions: Sessions

    init(_ context: PageContext, in pages: Pages) {
        self.context = context
        services = pages.services
        sessions = pages.sessions
    }

    /// The operator whose session of the desk this is. The store is asked each time, so that a removal works at once.
    func operatorSignedIn() throws(StoreError) -> Citizen? {
        guard let name = context.request.cookies[Pages.deskCookie],
            let login = sessions.login(name, at: .desk, now: services.clock.now())
        else { return nil }
        return try services.operators.current(login)
    }

    func show() -> HTTPResponse {
        // The same page whatever was asked for.
        let status: UInt32 = context.request.method == "GET" ? 200 : 403
        return Page(t: t, title: t("Operators' desk"), body: invitation("/desk"), status: status, path: "/desk")
            .response()
    }

    func begin() throws(StoreError) -> HTTPResponse { try beginVisit(.desk) }

    func returned() throws(StoreError) -> HTTPResponse {
        guard let login = try redeemed(.desk) else { return noVisit() }
        guard try services.operators.current(login) != nil else {
            return message(
                t("Operators' desk"), status: 403,
                t("You are not an operator of this gateway."))
        }
        return signedIn(login, at: .desk, cookie: Pages.deskCookie, to: "/desk")
    }
}
