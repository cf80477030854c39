import WebServer

extension RequestFields {
    /// Whose session of the desk it is, and whether an act is done.
    static let desk = RequestFields(arguments: ["done"], cookies: [Pages.deskCookie])
    /// The same, for a page's script.
    static let deskScript = RequestFields(
        headers: [FormToken.scriptHeader], arguments: ["turn", "place"], cookies: [Pages.deskCookie])
}

// The addresses of the operators' desk.
extension Pages {
    static let deskRoutes = peopleRoutes + recordRoutes + callRoutes + anyDeskRoutes

    private static let peopleRoutes = [
        get("/desk", .desk, desk(Pages.deskHome)),
        post("/desk", .everyPage, open(Pages.beginDeskVisit)),
        get("/desk/return", .code, open(Pages.returnedToDesk)),
        post("/desk/leave", .desk, deskForm(Pages.leaveDesk)),
        get("/desk/people", RequestFields.desk.union(RequestFields(arguments: ["page"])), desk(Pages.peoplePage)),
        post("/desk/people", .desk, deskForm(Pages.findPeople)),
        get("/desk/people/add", .desk, desk(Pages.newcomerPage)),
        post("/desk/people/add", .desk, deskForm(Pages.addPerson)),
        get("/desk/devices", .desk, desk(Pages.devicesPage)),
        get("/desk/letters", .desk, desk(Pages.newestLetters)),
        post("/desk/letters/send", .desk, deskForm(Pages.sendLetter)),
        post("/desk/letters/void", .desk, deskForm(Pages.voidLetter)),
        get("/desk/audit", .desk, desk(Pages.newestAudit)),
        post("/desk/audit", .desk, deskForm(Pages.auditPage)),
    ]

    private static let recordRoutes = [
        get("/desk/citizen/:id", .desk, desk(Pages.namedRecordPage)),
        get("/desk/citizen/:id/remove", .desk, desk(Pages.namedRemovalPage)),
        post("/desk/citizen/:id/set", .desk, recordForm(Pages.changeRecord)),
        post("/desk/citizen/:id/remove", .desk, recordForm(Pages.removeRecord)),
        post("/desk/citizen/:id/deactivate", .desk, recordForm(Pages.deactivateDevice)),
        post("/desk/citizen/:id/renew", .desk, recordForm(Pages.renewRecord)),
        post("/desk/citizen/:id/link", .desk, recordForm(Pages.resendMail)),
    ]

    private static let callRoutes = [
        get("/desk/calls", .desk, desk(Pages.liveCalls)),
        get("/desk/calls/:call", .desk, desk(call: Pages.callOnDesk)),
        get("/desk/calls/:call/state", RequestFields.desk.union(.turn), desk(call: Pages.operatorState)),
        post(
            "/desk/calls/:call/signal", .deskScript, maximumBody: GatewayServer.maximumBody,
            deskScript(Pages.operatorSignal)),
        post(
            "/desk/calls/:call/recording", .deskScript, maximumBody: GatewayServer.maximumBody,
            deskScript(Pages.keepRecording)),
        post("/desk/calls/:call/take", .desk, callForm(Pages.takeCall)),
        post("/desk/calls/:call/release", .desk, callForm(Pages.releaseCall)),
        post("/desk/calls/:call/approve", .desk, callForm(Pages.approveCall)),
        post("/desk/calls/:call/reject", .desk, callForm(Pages.rejectCall)),
        get("/desk/reviews", .desk, desk(Pages.awaitedReviews)),
        get("/desk/reviews/:call", .desk, desk(call: Pages.reviewPage)),
        get("/desk/reviews/:call/recording", .desk, desk(call: Pages.recording)),
        post("/desk/reviews/:call/accept", .desk, callForm(Pages.acceptReview)),
        post("/desk/reviews/:call/reject", .desk, callForm(Pages.rejectReview)),
    ]

    /// Whoever is no operator sees the door at whatever address there is below.
    private static let anyDeskRoutes = (["/desk/:a", "/desk/:a/:b", "/desk/:a/:b/:c"] as [PathPattern]).flatMap {
        [get($0, .desk, desk(Pages.noDeskPage)), post($0, .desk, deskForm(Pages.noDeskForm))]
    }
}
