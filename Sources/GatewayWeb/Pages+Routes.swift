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
        get("/", .sandbox, open(FrontPage.show)),
        get("/procedure/:procedure", .session, procedure(ProcedurePages.show)),
        post("/procedure/:procedure", .everyPage, procedure(ProcedurePages.begin)),
        get("/procedure/:procedure/return", .code, procedure(ProcedurePages.returned)),
        post("/procedure/:procedure/leave", .session, procedure(ProcedurePages.leave)),
    ]

    /// Where people identify themselves.
    private static let gatewayRoutes = [
        get("/gateway", .visit, visit(ChoicePage.choose)),
        get("/gateway/state", .visit, open(VisitStatePage.state)),
        get("/gateway/pin", .visit, visit(PINPage.show)),
        post("/gateway/pin/document", .visit, visitForm(PINPage.documentStep)),
        post("/gateway/pin/request", .visit, visitForm(PINPage.datumStep)),
        post("/gateway/pin/enter", .visit, visitForm(PINPage.enter)),
        post("/gateway/pin/sms", .visit, visitButton(PINPage.sendSMS)),
        get("/gateway/mobile", .visit, visit(MobilePage.show)),
        post("/gateway/mobile/link", .visit, visitButton(MobilePage.beginLink)),
        post("/gateway/mobile/document", .visit, visitForm(MobilePage.documentStep)),
        post("/gateway/mobile/request", .visit, visitForm(MobilePage.datumStep)),
        post("/gateway/cancel", .visit, visitButton(ChoicePage.cancel)),
        get("/gateway/:step", .visit, visit(ChoicePage.noStep)),
        get("/gateway/:way/:step", .everyPage, open(PlainPage.backToStep)),
        post("/gateway/:step", .visit, visitButton(ChoicePage.noStep)),
        post("/gateway/:way/:step", .visit, visitButton(ChoicePage.noStep)),
    ]

    /// Where who has the address is who is meant.
    private static let linkRoutes = [
        get("/call/:token", .everyPage, call(VideoCallPage.show)),
        post("/call/:token", .everyPage, callLink(VideoCallPage.noStep)),
        get("/call/:token/state", .turn, call(isOpen: true, VideoCallPage.state)),
        post(
            "/call/:token/signal", .turn, maximumBody: Pages.maximumPiece,
            call(isOpen: true, VideoCallPage.takeSignal)
        ),
        post("/call/:token/consent", .everyPage, callLink(VideoCallPage.consent)),
        post("/call/:token/cancel", .everyPage, callLink(VideoCallPage.cancel)),
        get("/call/:token/:step", .everyPage, call(VideoCallPage.noPage)),
        post("/call/:token/:step", .everyPage, callLink(VideoCallPage.noStep)),
        get("/email/:token", .everyPage, emailLink(EmailPage.show)),
        post("/email/:token", .everyPage, emailLink(EmailPage.confirm)),
    ]

    private static let sandboxRoutes = [
        get(
            "/sandbox/outbox", RequestFields.sandbox.union(RequestFields(arguments: ["token"])),
            open(SentMessagePages.outbox)),
        get(
            "/sandbox/mail", RequestFields.sandbox.union(RequestFields(arguments: ["token"])),
            open(SentMessagePages.mail)),
    ]
}
