import ClaveDomain
import Localization
import SecureMemory

// The operators' desk. Who has no session of it sees one button, at whatever address below `/desk`.
extension Pages {
    static let deskCookie = "__Host-clave-desk"

    /// The operator whose session of the desk this is. The store is asked each time, so that a removal works at once.
    func operatorSignedIn(_ context: Context) throws(StoreError) -> Citizen? {
        guard let name = context.request.cookie(Self.deskCookie),
            let login = sessions.login(name, at: .desk, now: services.now())
        else { return nil }
        return try services.currentOperator(login)
    }

    /// Everything below `/desk`; `parts` are those of the path, of which "desk" is the first.
    func desk(_ context: Context, _ parts: [String]) throws(StoreError) -> HTTPResponse {
        let step = parts.dropFirst().joined(separator: "/")
        switch (context.request.method, step) {
        case ("POST", ""): return try beginVisit(context, .desk)
        case ("GET", "return"): return try returnedToDesk(context)
        default: break
        }
        guard let person = try operatorSignedIn(context) else { return deskDoor(context) }
        if context.request.method == "GET" { return try deskPage(context, person, Array(parts.dropFirst())) }
        guard let form = context.request.form, isDeskForm(context, form) else { return notTheDesksForm(context) }
        if step == "leave" { return leaveDesk(context) }
        return try deskAct(context, person, Array(parts.dropFirst()), form)
    }

    /// A page of the desk, for an operator; `parts` are those behind "desk".
    private func deskPage(_ context: Context, _ person: Citizen, _ parts: [String]) throws(StoreError) -> HTTPResponse {
        switch (parts.first, parts.count) {
        case (nil, _): deskHome(context, person)
        default: notFound(context)
        }
    }

    /// A form of the desk's that an operator has sent; its token is right.
    private func deskAct(
        _ context: Context, _ person: Citizen, _ parts: [String], _ form: [String: String]
    ) throws(StoreError) -> HTTPResponse {
        switch (parts.first, parts.count) {
        default: notFound(context)
        }
    }

    // MARK: Coming and going

    private func deskDoor(_ context: Context) -> HTTPResponse {
        let t = context.t
        return page(
            context, t("Operators' desk"), status: context.request.method == "GET" ? 200 : 403,
            """
            <p>\(t("To go on, identify yourself."))</p>
            <form method="post" action="/desk">
            <button type="submit">\(t("Identify with Cl@ve (sandbox)"))</button></form>
            """)
    }

    private func returnedToDesk(_ context: Context) throws(StoreError) -> HTTPResponse {
        guard let login = try redeemed(context, .desk) else { return noVisit(context) }
        guard try services.currentOperator(login) != nil else {
            return message(
                context, context.t("Operators' desk"), status: 403,
                context.t("You are not an operator of this gateway."))
        }
        return signedIn(login, at: .desk, cookie: Self.deskCookie, to: "/desk")
    }

    private func leaveDesk(_ context: Context) -> HTTPResponse {
        if let name = context.request.cookie(Self.deskCookie) { sessions.end(name) }
        var response = HTTPResponse.redirect(to: "/desk")
        response.headers.append(("set-cookie", Self.noCookie(Self.deskCookie)))
        return response
    }

    private func deskHome(_ context: Context, _ person: Citizen) -> HTTPResponse {
        deskFrame(context, person, context.t("Operators' desk"), "")
    }

    // MARK: What the desk's pages share

    /// A page of the desk, with the ways to its others.
    func deskFrame(
        _ context: Context, _ person: Citizen, _ title: String, status: UInt32 = 200, _ body: HTML
    ) -> HTTPResponse {
        let t = context.t
        return page(
            context, title, status: status,
            """
            <nav aria-label="\(t("Desk"))"><ul>
            <li><a href="/desk">\(t("Operators' desk"))</a></li>
            </ul></nav>
            \(body)
            <hr><p>\(t("Signed in as {1}", person.name))</p>
            \(deskForm(context, "/desk/leave", "", t("Sign out"), second: true))
            """)
    }

    /// A form of the desk's, with its token.
    func deskForm(
        _ context: Context, _ action: String, _ fields: HTML, _ button: String, second: Bool = false
    ) -> HTML {
        """
        <form method="post" action="\(action)">
        <input type="hidden" name="form" value="\(base64URL(deskToken(context)))">
        \(fields)
        <button type="submit"\(second ? " class=\"second\"" : "" as HTML)>\(button)</button></form>
        """
    }

    /// Whether a form comes from a page of this session of the desk.
    func isDeskForm(_ context: Context, _ form: [String: String]) -> Bool {
        isRight(form["form"] ?? "", deskToken(context))
    }

    private func deskToken(_ context: Context) -> [UInt8] {
        let session = context.request.cookie(Self.deskCookie) ?? ""
        return services.keys.digest(Array(session.utf8), for: "desk form", of: [])
    }

    private func notTheDesksForm(_ context: Context) -> HTTPResponse {
        message(
            context, context.t("Operators' desk"), status: 403,
            context.t("This form is not one of your session at the desk. Nothing was changed."))
    }
}
