import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import Localization
import WebServer
import Wire

/// Video calls: who waits, and the operator's side of one.
struct CallDeskPages: DeskPage, CallSidePage {
    let request: DeskRequest
    let signals: Signals

    init(_ request: DeskRequest, in pages: Pages) {
        self.request = request
        signals = pages.signals
    }

    /// The address of an operator's page of a call, of which the script's uploads are parts.
    static func base(_ id: Int64) -> String { "/desk/calls/\(id)" }

    // MARK: What a page's script sends

    func takeSignal(_ id: Int64) throws(StoreError) -> HTTPResponse {
        guard let file = try services.callDesk.keep(id, by: actor) else {
            return .conflict
        }
        return signal(file.call, from: .operator)
    }

    func keepRecording(_ id: Int64) throws(StoreError) -> HTTPResponse {
        let outcome = try services.recordings.keep(
            context.request.body, place: Int(context.request.query["place"] ?? "") ?? -1, of: id,
            turn: Int64(context.request.query["turn"] ?? "") ?? -1, by: actor)
        return outcome == .kept ? .nothing : .conflict
    }

    // MARK: Forms

    func take(_ id: Int64) throws(StoreError) -> HTTPResponse {
        let outcome = try services.callDesk.take(id, by: actor)
        guard outcome == .done else { return try refused(id, outcome) }
        return .redirect(to: Self.base(id))
    }

    func release(_ id: Int64) throws(StoreError) -> HTTPResponse {
        try ended(id, try services.callDesk.release(id, by: actor))
    }

    func approve(_ id: Int64, _ form: Form) throws(StoreError) -> HTTPResponse {
        let checks = Set(CallCheck.allCases.filter { form[$0.rawValue] == "yes" })
        let outcome = try services.callDesk.approve(id, checks: checks, by: actor)
        return try ended(id, outcome)
    }

    func reject(_ id: Int64, _ form: Form) throws(StoreError) -> HTTPResponse {
        let reason = CallRejection(rawValue: UInt8(form["reason"] ?? "") ?? 0) ?? .none
        return try ended(id, try services.callDesk.reject(id, reason, by: actor))
    }

    /// Back to the calls, with what came of the act: this operator has the call no more.
    private func ended(_ id: Int64, _ outcome: ActOutcome) throws(StoreError) -> HTTPResponse {
        guard outcome == .done else { return try refused(id, outcome) }
        signals.end(id)
        return .redirect(to: "/desk/calls?done=yes")
    }

    private func refused(_ id: Int64, _ outcome: ActOutcome) throws(StoreError) -> HTTPResponse {
        let errors = [FieldError(field: "", text: t(outcome.words))]
        return outcome == .unchecked || outcome == .dataDiffer || outcome == .documentTaken
            ? try call(id, errors) : try list(errors)
    }

    // MARK: Lists

    func show() throws(StoreError) -> HTTPResponse { try list([]) }

    func list(_ errors: [FieldError]) throws(StoreError) -> HTTPResponse {
        let calls = try services.callDesk.live()
        return frame(
            t("Video calls"), status: errors.isEmpty ? 200 : 409,
            """
            \(ErrorSummary(t: t, errors: errors))
            <p>\(t("Times are in UTC. Who waits longest at their open page is served first."))
            <a href="/desk/calls">\(t("Look again"))</a></p>
            \(listed(table(calls)))
            """)
    }

    private func table(_ calls: [CallFile]) -> Table<CallFile> {
        Table(
            t("Video calls"), calls,
            [
                .init(t("Time")) { "\(moment($0.call.start))" },
                .init(t("Document")) { "\($0.call.person.document.text)" }, .init(t("Name")) { foreign($0.name) },
                .init(t("Data")) { "\(dataWord($0))" }, .init(t("State")) { "\(stateWord($0.state))" },
                .init(t("Act")) { takeForm($0) },
            ])
    }

    private func takeForm(_ file: CallFile) -> HTML {
        let id = file.call.id
        if file.state == .running, file.call.holder == actingOperator.id {
            return "<a href=\"/desk/calls/\(id)\">\(t("Go on"))</a>"
        }
        guard file.state == .queued, file.call.person.document != actingOperator.document else { return "" }
        return form(
            "/desk/calls/\(id)/take", "", t("Take"), second: true, about: file.call.person.document.text)
    }

    private func stateWord(_ state: CallState) -> String {
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

    func state(_ id: Int64) throws(StoreError) -> HTTPResponse {
        var json = JSONWriter()
        guard let file = try services.callDesk.keep(id, by: actor) else {
            json.put("state", "over")
            return .json(json)
        }
        json.put("state", "running")
        json.put("consents", file.call.consents ? "yes" : "no")
        putWords(file.call, of: .person, into: &json)
        return .json(json)
    }
}
