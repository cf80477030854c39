import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import SecureMemory
import WebServer

/// A page to which people come back from a visit, signed in: a procedure's, or the desk's.
protocol SignInPage: WebPage {
    var services: Services { get }
    var sessions: Sessions { get }
}

extension SignInPage {
    /// What a person who is not signed in sees.
    ///
    /// - Parameter action: where the visit begins.
    func invitation(_ action: String) -> HTML {
        """
        <p>\(t("To go on, identify yourself."))</p>
        <form method="post" action="\(action)">
        \(SubmitButton(text: t("Identify with Cl@ve (sandbox)")))</form>
        """
    }

    /// Who came back to a procedure with the code of this browser's visit.
    func redeemed(_ procedure: Procedure) throws(StoreError) -> Login? {
        guard let code = bytes(base64URL: context.request.query["code"] ?? "", limit: 16), code.count == 16,
            let visit = context.visit, visit.procedure == procedure
        else { return nil }
        return try services.visits.redeem(code, of: visit.id)
    }

    /// Begins a session and ends the visit.
    func signedIn(_ login: Login, at procedure: Procedure, cookie: String, to path: String) -> HTTPResponse {
        var response = HTTPResponse.redirect(to: path)
        let session = sessions.begin(login, at: procedure, now: services.clock.now())
        response.setCookie(cookie, session)
        response.removeCookie(Pages.visitCookie)
        return response
    }

    /// Begins a visit of the gateway for a procedure.
    func beginVisit(_ procedure: Procedure) throws(StoreError) -> HTTPResponse {
        let visit: [UInt8]
        switch try services.visits.begin(procedure, address: context.request.address) {
        case .begun(let name): visit = name
        case .tooMany(let seconds): return tooMany(seconds)
        }
        var response = HTTPResponse.redirect(to: "/gateway")
        response.setCookie(Pages.visitCookie, base64URL(visit))
        return response
    }
}
