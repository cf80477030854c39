import WebServer

extension RequestFields {
    /// What every page reads: its language, and whether another site's page asks.
    static let everyPage = RequestFields.forms.union(
        RequestFields(lists: ["accept-language"], arguments: ["lang"], cookies: [Pages.languageCookie]))
    /// Whose visit it is; only where this is read is the visit looked for.
    static let visit = RequestFields(cookies: [Pages.visitCookie])
    /// Who comes back from a visit.
    static let code = RequestFields(arguments: ["code"], cookies: [Pages.visitCookie])
    /// Who is signed in at a procedure.
    static let session = RequestFields(cookies: [Pages.sessionCookie])
    /// Who may see what the sandbox has sent.
    static let sandbox = RequestFields(cookies: [SandboxPages.cookie])
    /// What a call's script says of where it is in the call.
    static let turn = RequestFields(arguments: ["turn", "after"])
}

// The addresses of the pages: what a path names, what is read, and who answers.
extension Pages {
    /// All that a browser can ask for.
    static let routes = RouteTable(
        assetRoutes + citizenRoutes + gatewayRoutes + linkRoutes + sandboxRoutes + deskRoutes)

    static func get(_ pattern: PathPattern, _ reads: RequestFields, _ handler: Handler)
        -> Route<Handler>
    { Route("GET", pattern, reads: RequestFields.everyPage.union(reads), handler) }

    static func post(
        _ pattern: PathPattern, _ reads: RequestFields, maximumBody: Int = FormParser.maximumBody,
        _ handler: Handler
    ) -> Route<Handler> {
        Route("POST", pattern, reads: RequestFields.everyPage.union(reads), maximumBody: maximumBody, handler)
    }

    private static let assetRoutes = Asset.all.map { Route("GET", PathPattern($0.path), Handler.asset($0)) }

    /// What public bodies' own sites would have.
    private static let citizenRoutes = [
        get("/", .sandbox, open(Pages.frontPage)),
        get("/procedure/:procedure", .session, procedure(Pages.procedurePage)),
        post("/procedure/:procedure", .everyPage, procedure(Pages.beginVisit)),
        get("/procedure/:procedure/return", .code, procedure(Pages.returned)),
        post("/procedure/:procedure/leave", .session, procedure(Pages.leaveProcedure)),
    ]

    /// Where people identify themselves.
    private static let gatewayRoutes = [
        get("/gateway", .visit, visit(Pages.choicePage)),
        get("/gateway/state", .visit, open(Pages.state)),
        get("/gateway/pin", .visit, visit(Pages.pinPage)),
        post("/gateway/pin/document", .visit, visitForm(.pin, Pages.documentStep)),
        post("/gateway/pin/request", .visit, visitForm(.pin, Pages.datumStep)),
        post("/gateway/pin/enter", .visit, visitForm(Pages.enterPIN)),
        post("/gateway/pin/sms", .visit, visitButton(Pages.sendSMS)),
        get("/gateway/mobile", .visit, visit(Pages.mobilePage)),
        post("/gateway/mobile/link", .visit, visitButton(Pages.beginLink)),
        post("/gateway/mobile/document", .visit, visitForm(.mobile, Pages.documentStep)),
        post("/gateway/mobile/request", .visit, visitForm(.mobile, Pages.datumStep)),
        post("/gateway/cancel", .visit, visitButton(Pages.cancelVisit)),
        get("/gateway/:step", .visit, visit(Pages.noStep)),
        get("/gateway/:way/:step", .everyPage, open(Pages.backToStep)),
        post("/gateway/:step", .visit, visitButton(Pages.noStep)),
        post("/gateway/:way/:step", .visit, visitButton(Pages.noStep)),
    ]

    /// Where who has the address is who is meant.
    private static let linkRoutes = [
        get("/call/:token", .everyPage, call(Pages.callPage)),
        post("/call/:token", .everyPage, callLink(Pages.noCallStep)),
        get("/call/:token/state", .turn, call(isOpen: true, Pages.callState)),
        post(
            "/call/:token/signal", .turn, maximumBody: GatewayServer.maximumBody, call(isOpen: true, Pages.personSignal)
        ),
        post("/call/:token/consent", .everyPage, callLink(Pages.consent)),
        post("/call/:token/cancel", .everyPage, callLink(Pages.cancelCall)),
        get("/call/:token/:step", .everyPage, call(Pages.noCallPage)),
        post("/call/:token/:step", .everyPage, callLink(Pages.noCallStep)),
        get("/email/:token", .everyPage, emailLink(Pages.emailPage)),
        post("/email/:token", .everyPage, emailLink(Pages.confirmEmail)),
    ]

    private static let sandboxRoutes = [
        get("/sandbox/outbox", RequestFields.sandbox.union(RequestFields(arguments: ["token"])), open(Pages.outbox)),
        get("/sandbox/mail", RequestFields.sandbox.union(RequestFields(arguments: ["token"])), open(Pages.mail)),
    ]
}
