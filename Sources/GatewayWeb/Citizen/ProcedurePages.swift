import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import SecureMemory
import WebServer

/// One of the sandbox's procedures: what a public body's own site would do.
struct ProcedurePages: SignInPage {
    let context: PageContext
    let services: Services
    let sessions: Sessions
    let procedure: Procedure

    init(_ context: PageContext, _ procedure: Procedure, in pages: Pages) {
        self.context = context
        services = pages.services
        sessions = pages.sessions
        self.procedure = procedure
    }

    func begin() throws(StoreError) -> HTTPResponse { try beginVisit(procedure) }

    func show() throws(StoreError) -> HTTPResponse {
        let name = context.request.cookies[Pages.sessionCookie] ?? ""
        guard let login = sessions.login(name, at: procedure, now: services.clock.now()),
            try services.queries.isRegistered(login)
        else {
            return page(
                procedure.title,
                """
                <p>\(procedure.organisation)\(demand(procedure))</p>
                \(invitation(procedure.path))
                """)
        }
        let level = login.level == .advanced ? t("advanced") : t("basic")
        let method = login.method == .pin ? t("Cl@ve PIN") : t("Cl@ve Mobile")
        return page(
            t("Welcome, {1}", login.name),
            """
            <p>\(procedure.title) – \(procedure.organisation)</p>
            <div class="box"><p>\(t("Document")): \(login.document.masked)<br>\(t("Registration level")): \(level)<br>
            \(t("Identified by")): \(method)</p></div>
            <form method="post" action="\(procedure.path)/leave">
            \(SubmitButton(text: t("Sign out"), isSecondary: true))</form>
            """)
    }

    func leave() -> HTTPResponse {
        if let name = context.request.cookies[Pages.sessionCookie] { sessions.end(name) }
        return .redirect(to: procedure.path)
    }

    /// Only the browser that began the visit gets in by its code: a code sent to somebody else's browser opens nothing.
    func returned() throws(StoreError) -> HTTPResponse {
        guard let login = try redeemed(procedure) else { return noVisit() }
        return signedIn(login, at: procedure, cookie: Pages.sessionCookie, to: procedure.path)
    }
}
