import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

// The operators' desk. Who has no session of it sees one button, at whatever address below `/desk`.
extension Pages {
    static let deskCookie = "__Host-clave-desk"

    /// The operator whose session of the desk this is. The store is asked each time, so that a removal works at once.
    func operatorSignedIn(_ context: Context) throws(StoreError) -> Citizen? {
        guard let name = context.request.cookies[Self.deskCookie],
            let login = sessions.login(name, at: .desk, now: services.clock.now())
        else { return nil }
        return try services.operators.current(login)
    }

    // MARK: Coming and going

    func deskDoor(_ context: Context) -> HTTPResponse {
        let t = context.t
        let body: HTML = """
            <p>\(t("To go on, identify yourself."))</p>
            <form method="post" action="/desk">
            <button type="submit">\(t("Identify with Cl@ve (sandbox)"))</button></form>
            """
        // The same page whatever was asked for.
        let status: UInt32 = context.request.method == "GET" ? 200 : 403
        return Page(t: t, title: t("Operators' desk"), body: body, status: status, path: "/desk").response()
    }

    func beginDeskVisit(_ context: Context) throws(StoreError) -> HTTPResponse { try beginVisit(context, .desk) }

    func returnedToDesk(_ context: Context) throws(StoreError) -> HTTPResponse {
        guard let login = try redeemed(context, .desk) else { return noVisit(context) }
        guard try services.operators.current(login) != nil else {
            return message(
                context, context.t("Operators' desk"), status: 403,
                context.t("You are not an operator of this gateway."))
        }
        return signedIn(login, at: .desk, cookie: Self.deskCookie, to: "/desk")
    }

    func leaveDesk(_ context: Context, _ person: Citizen, _ form: Form) -> HTTPResponse {
        if let name = context.request.cookies[Self.deskCookie] { sessions.end(name) }
        var response = HTTPResponse.redirect(to: "/desk")
        response.removeCookie(Self.deskCookie)
        return response
    }

    func deskHome(_ context: Context, _ person: Citizen) throws(StoreError) -> HTTPResponse {
        let t = context.t
        let count = try services.queries.count()
        return deskFrame(
            context, person, t("Operators' desk"),
            """
            <p>\(t("{1} people are registered at this sandbox. All of them are made up.", String(count)))</p>
            \(searchForm(context, ""))
            """)
    }

    /// The page to come back to in another language, below `/desk`: where a form led to, the page that it belongs to.
    static func deskPath(_ parts: [String]) -> String {
        guard parts.allSatisfy({ $0.utf8.allSatisfy { isPlain($0) } }) else { return "/desk" }
        let hasSubject = parts.count > 2 && ["citizen", "calls", "reviews"].contains(parts[1])
        if hasSubject { return "/" + parts.prefix(parts.last == "remove" ? 4 : 3).joined(separator: "/") }
        return "/" + parts.prefix(parts.last == "add" ? 3 : 2).joined(separator: "/")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    // MARK: What the desk's pages share

    /// A page of the desk, with the ways to its others.
    func deskFrame(
        _ context: Context, _ person: Citizen, _ title: String, status: UInt32 = 200, usesCamera: Bool = false,
        _ body: HTML
    ) -> HTTPResponse {
        let t = context.t
        return page(
            context, title, status: status, usesCamera: usesCamera,
            """
            <nav aria-label="\(t("Desk"))"><ul>
            \(deskLinks(context))
            </ul></nav>
            \(context.request.query["done"] == nil ? "" : "<div class=\"box\" role=\"status\"><p>\(t("Done."))</p></div>" as HTML)
            \(body)
            <hr><p>\(t("Signed in as {1}", person.name))</p>
            \(deskForm(context, "/desk/leave", "", t("Sign out"), second: true))
            """)
    }

    /// The ways to the desk's pages.
    private func deskLinks(_ context: Context) -> HTML {
        let t = context.t
        let calls =
            services.settings.callHours == .none
            ? [] : [("/desk/calls", t("Video calls")), ("/desk/reviews", t("Reviews"))]
        let links =
            [
                ("/desk", t("Find a person")), ("/desk/people", t("People")),
                ("/desk/people/add", t("Register a person")),
                ("/desk/devices", t("Devices")), ("/desk/letters", t("Letters")),
            ] + calls + [("/desk/audit", t("Audit"))]
        return HTML(
            links.map { path, words in
                let isThis = path == context.path
                return "<li><a href=\"\(path)\"\(isThis ? " aria-current=\"page\"" : "" as HTML)>\(words)</a></li>"
            })
    }

    /// A form of the desk's, with the token of its address.
    ///
    /// - Parameter about: says to a screen reader what the button is about, where several are alike.
    func deskForm(
        _ context: Context, _ action: String, _ fields: HTML, _ button: String, second: Bool = false, about: String = ""
    ) -> HTML {
        let label: HTML = about.isEmpty ? "" : " aria-label=\"\(button): \(about)\""
        return """
            <form method="post" action="\(action)">
            \(deskToken(context, action).input)
            \(fields)
            <button type="submit"\(second ? " class=\"second\"" : "" as HTML)\(label)>\(button)</button></form>
            """
    }

    /// The token of this session's form that leads to an address.
    func deskToken(_ context: Context, _ action: String) -> FormToken {
        .desk(context.request.cookies[Self.deskCookie] ?? "", action, services.keys)
    }

    func notTheDesksForm(_ context: Context) -> HTTPResponse {
        message(
            context, context.t("Operators' desk"), status: 403,
            context.t("This form is not one of your session at the desk. Nothing was changed."))
    }
}
