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
        get("/desk", .desk, desk(PeoplePages.home)),
        post("/desk", .everyPage, open(DeskDoor.begin)),
        get("/desk/return", .code, open(DeskDoor.returned)),
        post("/desk/leave", .desk, deskButton(DeskSessionPages.leave)),
        get("/desk/people", RequestFields.desk.union(RequestFields(arguments: ["page"])), desk(PeoplePages.list)),
        post("/desk/people", .desk, deskForm(PeoplePages.find)),
        get("/desk/people/add", .desk, desk(NewcomerPages.show)),
        post("/desk/people/add", .desk, deskForm(NewcomerPages.add)),
        get("/desk/devices", .desk, desk(DevicePages.show)),
        get("/desk/letters", .desk, desk(LetterPages.show)),
        post("/desk/letters/send", .desk, deskForm(LetterPages.send)),
        post("/desk/letters/void", .desk, deskForm(LetterPages.makeVoid)),
        get("/desk/audit", .desk, desk(AuditPages.show)),
        post("/desk/audit", .desk, deskForm(AuditPages.lines)),
    ]

    private static let recordRoutes = [
        get("/desk/citizen/:id", .desk, desk(RecordPages.show)),
        get("/desk/citizen/:id/remove", .desk, desk(RecordPages.showRemoval)),
        post("/desk/citizen/:id/set", .desk, recordForm(RecordPages.change)),
        post("/desk/citizen/:id/remove", .desk, recordForm(RecordPages.remove)),
        post("/desk/citizen/:id/deactivate", .desk, recordForm(RecordPages.deactivateDevice)),
        post("/desk/citizen/:id/renew", .desk, recordForm(RecordPages.renew)),
        post("/desk/citizen/:id/link", .desk, recordForm(RecordPages.resendMail)),
    ]

    private static let callRoutes = [
        get("/desk/calls", .desk, desk(CallDeskPages.show)),
        get("/desk/calls/:call", .desk, desk(call: CallDeskPages.showCall)),
        get("/desk/calls/:call/state", RequestFields.desk.union(.turn), desk(call: CallDeskPages.state)),
        post(
            "/desk/calls/:call/signal", .deskScript, maximumBody: Pages.maximumPiece,
            deskScript(CallDeskPages.takeSignal)),
        post(
            "/desk/calls/:call/recording", .deskScript, maximumBody: Pages.maximumPiece,
            deskScript(CallDeskPages.keepRecording)),
        post("/desk/calls/:call/take", .desk, callButton(CallDeskPages.take)),
        post("/desk/calls/:call/release", .desk, callButton(CallDeskPages.release)),
        post("/desk/calls/:call/approve", .desk, callForm(CallDeskPages.approve)),
        post("/desk/calls/:call/reject", .desk, callForm(CallDeskPages.reject)),
        get("/desk/reviews", .desk, desk(ReviewPages.show)),
        get("/desk/reviews/:call", .desk, desk(call: ReviewPages.review)),
        get("/desk/reviews/:call/recording", .desk, desk(call: ReviewPages.recording)),
        post("/desk/reviews/:call/accept", .desk, callButton(ReviewPages.accept)),
        post("/desk/reviews/:call/reject", .desk, callButton(ReviewPages.reject)),
    ]

    /// Whoever is no operator sees the door at whatever address there is below.
    private static let anyDeskRoutes = (["/desk/:a", "/desk/:a/:b", "/desk/:a/:b/:c"] as [PathPattern]).flatMap {
        [get($0, .desk, desk(DeskSessionPages.noPage)), post($0, .desk, deskButton(DeskSessionPages.noPage))]
    }
}
