import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import SecureMemory
import WebServer

// The sandbox's procedures: what a public body's own site would do.
extension Pages {
    func frontPage(_ context: Context) -> HTTPResponse {
        let t = context.t
        let list = HTML(
            Procedure.samples.map {
                "<li><a href=\"\($0.path)\">\($0.title)</a> – \($0.organisation)\(demand(context, $0))</li>"
            })
        let sandbox = sandbox.flatMap { $0.isOpen(to: context.request) ? $0 : nil }
        let messages: HTML =
            sandbox?.outbox == nil
            ? "" : "<p><a href=\"/sandbox/outbox\">\(t("Text messages that the sandbox has sent"))</a></p>"
        let mails: HTML =
            sandbox?.mail == nil
            ? "" : "<p><a href=\"/sandbox/mail\">\(t("E-mail that the sandbox has sent"))</a></p>"
        return page(
            context, t("Sample procedures"),
            """
            <p>\(t("This gateway runs on this machine, to develop and test with. It speaks an open protocol of its own and has nothing to do with the state's production service."))</p>
            <ul>\(list)</ul>\(messages)\(mails)
            """)
    }

    func procedurePage(_ context: Context, _ procedure: Procedure) throws(StoreError) -> HTTPResponse {
        let t = context.t
        let name = context.request.cookies[Self.sessionCookie] ?? ""
        guard let login = sessions.login(name, at: procedure, now: services.clock.now()),
            try services.queries.isRegistered(login)
        else {
            return page(
                context, procedure.title,
                """
                <p>\(procedure.organisation)\(demand(context, procedure))</p>
                <p>\(t("To go on, identify yourself."))</p>
                <form method="post" action="/procedure/\(procedure.id)">
                <button type="submit">\(t("Identify with Cl@ve (sandbox)"))</button></form>
                """)
        }
        let level = login.level == .advanced ? t("advanced") : t("basic")
        let method = login.method == .pin ? t("Cl@ve PIN") : t("Cl@ve Mobile")
        return page(
            context, t("Welcome, {1}", login.name),
            """
            <p>\(procedure.title) – \(procedure.organisation)</p>
            <div class="box"><p>\(t("Document")): \(login.document.masked)<br>\(t("Registration level")): \(level)<br>
            \(t("Identified by")): \(method)</p></div>
            <form method="post" action="/procedure/\(procedure.id)/leave">
            <button type="submit" class="second">\(t("Sign out"))</button></form>
            """)
    }

    func leaveProcedure(_ context: Context, _ procedure: Procedure) -> HTTPResponse {
        if let name = context.request.cookies[Self.sessionCookie] { sessions.end(name) }
        return .redirect(to: "/procedure/\(procedure.id)")
    }

    /// Only the browser that began the visit gets in by its code: a code sent to somebody else's browser opens nothing.
    func returned(_ context: Context, _ procedure: Procedure) throws(StoreError) -> HTTPResponse {
        guard let login = try redeemed(context, procedure) else { return noVisit(context) }
        return signedIn(login, at: procedure, cookie: Self.sessionCookie, to: "/procedure/\(procedure.id)")
    }

    /// Who came back to a procedure with the code of this browser's visit.
    func redeemed(_ context: Context, _ procedure: Procedure) throws(StoreError) -> Login? {
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
        response.removeCookie(Self.visitCookie)
        return response
    }

    /// Begins a visit of the gateway for a procedure.
    func beginVisit(_ context: Context, _ procedure: Procedure) throws(StoreError) -> HTTPResponse {
        let visit: [UInt8]
        switch try services.visits.begin(procedure, address: context.request.address) {
        case .begun(let name): visit = name
        case .tooMany(let seconds): return tooMany(context, seconds)
        }
        var response = HTTPResponse.redirect(to: "/gateway")
        response.setCookie(Self.visitCookie, base64URL(visit))
        return response
    }

    /// Text messages that the sandbox has sent.
    func outbox(_ context: Context) -> HTTPResponse {
        sent(context, "/sandbox/outbox", sandbox?.outbox, outboxPage)
    }

    /// E-mail that the sandbox has sent.
    func mail(_ context: Context) -> HTTPResponse { sent(context, "/sandbox/mail", sandbox?.mail, mailPage) }

    /// What the sandbox has sent, for who was let in. The token is in an address once: its cookie takes its place.
    private func sent<Box>(
        _ context: Context, _ path: String, _ box: Box?, _ page: (Context, Box) -> HTTPResponse
    ) -> HTTPResponse {
        guard let sandbox, let box else { return notFound(context) }
        let token = context.request.query["token"] ?? ""
        if SandboxPages.isLoopback(context.request.address), sandbox.isRight(token) {
            var response = HTTPResponse.redirect(to: path)
            response.setCookie(SandboxPages.cookie, token)
            return response
        }
        guard sandbox.isOpen(to: context.request) else {
            return message(
                context, context.t("Not for everybody"), status: 403,
                context.t(
                    "These messages hold other people's PINs and codes. Open the address that 'clave-gateway serve' has printed, or run 'clave-gateway outbox' or 'clave-gateway mail'."
                ))
        }
        return page(context, box)
    }

    private func outboxPage(_ context: Context, _ outbox: OutboxSender) -> HTTPResponse {
        let t = context.t
        let messages = outbox.latest(limit: 20)
        let list = HTML(messages.map { "<li><pre>\($0)</pre></li>" })
        return page(
            context, t("Text messages"),
            """
            <p>\(t("What a telephone would receive. A real gateway has no such page."))</p>
            \(messages.isEmpty ? "<p>\(t("There are none yet."))</p>" : "<ol reversed>\(list)</ol>" as HTML)
            """)
    }

    /// Lets an approved visit go on to its procedure.
    func proceed(_ context: Context, _ visit: Transaction) throws(StoreError) -> HTTPResponse {
        switch try services.visits.finish(visit.id) {
        case .code(let code): return .redirect(to: "\(visit.procedure.path)/return?code=\(base64URL(code))")
        case .renewalDue: return renewalPage(context)
        case .levelTooLow: return levelPage(context, visit.procedure)
        case .gone: return noVisit(context)
        }
    }
}
