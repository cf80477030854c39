import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import Localization
import WebServer
import Wire

// The operators' desk: video calls.
extension Pages {
    /// The address of an operator's page of a call, of which the script's uploads are parts.
    static func callBase(_ id: Int64) -> String { "/desk/calls/\(id)" }

    // MARK: What a page's script sends

    func operatorSignal(_ context: Context, _ person: Citizen, _ id: Int64) throws(StoreError) -> HTTPResponse {
        guard let file = try services.callDesk.keep(id, by: actor(context, person)) else {
            return HTTPResponse(status: 409, type: "text/plain; charset=utf-8", [])
        }
        return signal(context, file.call, from: .operator)
    }

    func keepRecording(_ context: Context, _ person: Citizen, _ id: Int64) throws(StoreError) -> HTTPResponse {
        let outcome = try services.recordings.keep(
            context.request.body, place: Int(context.request.query["place"] ?? "") ?? -1, of: id,
            turn: Int64(context.request.query["turn"] ?? "") ?? -1, by: actor(context, person))
        return outcome == .kept ? .nothing : HTTPResponse(status: 409, type: "text/plain; charset=utf-8", [])
    }

    // MARK: Forms

    func takeCall(_ context: Context, _ person: Citizen, _ id: Int64, _ form: Form) throws(StoreError) -> HTTPResponse {
        let outcome = try services.callDesk.take(id, by: actor(context, person))
        guard outcome == .done else { return try refusedCall(context, person, id, outcome) }
        return .redirect(to: Self.callBase(id))
    }

    func releaseCall(
        _ context: Context, _ person: Citizen, _ id: Int64, _ form: Form
    ) throws(StoreError) -> HTTPResponse {
        try callEnded(context, person, id, try services.callDesk.release(id, by: actor(context, person)))
    }

    func approveCall(
        _ context: Context, _ person: Citizen, _ id: Int64, _ form: Form
    ) throws(StoreError) -> HTTPResponse {
        let checks = Set(CallCheck.allCases.filter { form[$0.rawValue] == "yes" })
        let outcome = try services.callDesk.approve(id, checks: checks, by: actor(context, person))
        return try callEnded(context, person, id, outcome)
    }

    func rejectCall(
        _ context: Context, _ person: Citizen, _ id: Int64, _ form: Form
    ) throws(StoreError) -> HTTPResponse {
        let reason = CallRejection(rawValue: UInt8(form["reason"] ?? "") ?? 0) ?? .none
        return try callEnded(
            context, person, id, try services.callDesk.reject(id, reason, by: actor(context, person)))
    }

    /// Back to the calls, with what came of the act: this operator has the call no more.
    private func callEnded(
        _ context: Context, _ person: Citizen, _ id: Int64, _ outcome: ActOutcome
    ) throws(StoreError) -> HTTPResponse {
        guard outcome == .done else { return try refusedCall(context, person, id, outcome) }
        signals.end(id)
        return .redirect(to: "/desk/calls?done=yes")
    }

    private func refusedCall(
        _ context: Context, _ person: Citizen, _ id: Int64, _ outcome: ActOutcome
    ) throws(StoreError) -> HTTPResponse {
        let errors = [FieldError(field: "", text: context.t(outcome.words))]
        return outcome == .unchecked || outcome == .dataDiffer || outcome == .documentTaken
            ? try operatorPage(context, person, id, errors) : try callList(context, person, errors)
    }

    // MARK: Lists

    func liveCalls(_ context: Context, _ person: Citizen) throws(StoreError) -> HTTPResponse {
        try callList(context, person)
    }

    private func callList(
        _ context: Context, _ person: Citizen, _ errors: [FieldError] = []
    ) throws(StoreError) -> HTTPResponse {
        let t = context.t
        let calls = try services.callDesk.live()
        let rows = calls.map { file -> [HTML] in
            [
                "\(moment(file.call.start))", "\(file.call.person.document.text)", foreign(file.name),
                "\(file.isRight ? t("as in the census") : t("not as in the census"))", "\(stateWord(t, file.state))",
                takeForm(context, person, file),
            ]
        }
        return deskFrame(
            context, person, t("Video calls"), status: errors.isEmpty ? 200 : 409,
            """
            \(summary(context, errors))
            <p>\(t("Times are in UTC. Who waits longest at their open page is served first."))
            <a href="/desk/calls">\(t("Look again"))</a></p>
            \(calls.isEmpty ? "<p>\(t("There are none yet."))</p>" : table(
                t("Video calls"), [t("Time"), t("Document"), t("Name"), t("Data"), t("State"), t("Act")], rows))
            """)
    }

    private func takeForm(_ context: Context, _ person: Citizen, _ file: CallFile) -> HTML {
        let (t, id) = (context.t, Int(file.call.id))
        if file.state == .running, file.call.holder == person.id {
            return "<a href=\"/desk/calls/\(id)\">\(t("Go on"))</a>"
        }
        guard file.state == .queued, file.call.person.document != person.document else { return "" }
        return deskForm(
            context, "/desk/calls/\(id)/take", "", t("Take"), second: true, about: file.call.person.document.text)
    }

    private func stateWord(_ t: Localizer, _ state: CallState) -> String {
        switch state {
        case .booked: t("booked")
        case .due: t("page not open")
        case .queued: t("waiting")
        case .running: t("in a call")
        case .approved: t("approved")
        case .rejected: t("rejected")
        case .missed: t("missed")
        case .cancelled: t("called off")
        }
    }

    // MARK: The call

    func callOnDesk(_ context: Context, _ person: Citizen, _ id: Int64) throws(StoreError) -> HTTPResponse {
        try operatorPage(context, person, id)
    }

    private func operatorPage(
        _ context: Context, _ person: Citizen, _ id: Int64, _ errors: [FieldError] = []
    ) throws(StoreError) -> HTTPResponse {
        let t = context.t
        guard let file = try services.callDesk.keep(id, by: actor(context, person)) else {
            return try callList(context, person, [FieldError(field: "", text: t(ActOutcome.callOver.words))])
        }
        return deskFrame(
            context, person, t("Video call"), status: errors.isEmpty ? 200 : 422, usesCamera: true,
            """
            \(summary(context, errors))
            <div id="call" data-side="operator" data-base="\(Self.callBase(id))" data-state="running"
            data-form="\(deskToken(context, Self.callBase(id)).text)"
            \(lineServers)>
            \(statusLines(context, start: file.call.start))
            <div class="beside">\(pictures(t("The person"), t("You")))\(callFacts(context, file))</div>
            </div>
            <h2>\(t("Approve"))</h2>\(checklist(context, file))
            <h2>\(t("Reject"))</h2>\(deskForm(context, "/desk/calls/\(id)/reject", reasons(t), t("Reject"), second: true))
            <h2>\(t("Give back"))</h2>
            <p>\(t("The person goes back to the line, and another operator may take the call."))</p>
            \(deskForm(context, "/desk/calls/\(id)/release", "", t("Give back"), second: true))
            """)
    }

    func callFacts(_ context: Context, _ file: CallFile) -> HTML {
        let t = context.t
        let call = file.call
        var rows: [(String, HTML)] = [
            (t("Document"), "\(call.person.document.text)"),
            (t("Name"), file.name.isEmpty ? "\(t("not in the census"))" : foreign(file.name)),
            (t("Contrast datum"), "\(call.person.datum.canonicalText)"),
            (t("Data"), "\(file.isRight ? t("as in the census") : t("not as in the census"))"),
            (t("Code to be spoken"), "<strong class=\"code\">\(call.code)</strong>"),
        ]
        if file.isRegistered { rows.append((t("Registered"), "\(t("yes"))")) }
        return "<dl>\(HTML(rows.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }))</dl>"
    }

    private func checklist(_ context: Context, _ file: CallFile) -> HTML {
        let t = context.t
        guard file.isRight, !file.isRegistered else {
            let outcome = file.isRight ? ActOutcome.documentTaken : .dataDiffer
            return "<p>\(t(outcome.words))</p>"
        }
        let items = [
            (CallCheck.front, t("The document's front: name, number and date are those above")),
            (.back, t("The document's back")), (.face, t("The face is that of the document's picture")),
            (.hologram, t("The hologram changes as the document is moved")),
            (.code, t("The code was spoken, or shown in writing by who can't speak")),
        ]
        let list = HTML(
            items.map {
                "<label class=\"tick\"><input type=\"checkbox\" name=\"\($0.0.rawValue)\" value=\"yes\"> \($0.1)</label>"
            })
        let fields: HTML = "<fieldset><legend>\(t("I have seen:"))</legend>\(list)</fieldset>"
        return deskForm(context, "/desk/calls/\(file.call.id)/approve", fields, t("Approve"))
    }

    private func reasons(_ t: Localizer) -> HTML {
        choice(
            "reason", t("Reason, which the person reads"),
            CallRejection.allCases.filter { $0 != .none }.map { ("\($0.rawValue)", t($0.words)) }, chosen: "")
    }

    func operatorState(_ context: Context, _ person: Citizen, _ id: Int64) throws(StoreError) -> HTTPResponse {
        guard let file = try services.callDesk.keep(id, by: actor(context, person)) else {
            var json = JSONWriter()
            json.put("state", "over")
            return .json(json)
        }
        var json = JSONWriter()
        json.put("state", "running")
        json.put("consents", file.call.consents ? "yes" : "no")
        putWords(context, file.call, of: .person, into: &json)
        return .json(json)
    }
}
