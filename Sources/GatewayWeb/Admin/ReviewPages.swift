import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

/// Reviews of video calls that were recorded.
struct ReviewPages: DeskPage {
    let request: DeskRequest

    init(_ request: DeskRequest, in pages: Pages) { self.request = request }

    func show() throws(StoreError) -> HTTPResponse { try list([]) }

    func accept(_ id: Int64) throws(StoreError) -> HTTPResponse {
        try ended(try services.reviews.accept(id, by: actor))
    }

    func reject(_ id: Int64) throws(StoreError) -> HTTPResponse {
        try ended(try services.reviews.reject(id, by: actor))
    }

    /// Back to the reviews, with what came of the act.
    private func ended(_ outcome: ActOutcome) throws(StoreError) -> HTTPResponse {
        guard outcome == .done else {
            return try list([FieldError(field: "", text: t(outcome.words))])
        }
        return .redirect(to: "/desk/reviews?done=yes")
    }

    private func list(_ errors: [FieldError]) throws(StoreError) -> HTTPResponse {
        let files = try services.reviews.waiting()
        return frame(
            t("Reviews"), status: errors.isEmpty ? 200 : 409,
            """
            \(ErrorSummary(t: t, errors: errors))
            <p>\(t("Calls that were approved and recorded. Another operator than the one who approved looks at them."))</p>
            \(listed(table(files)))
            """)
    }

    private func table(_ files: [CallFile]) -> Table<CallFile> {
        Table(
            t("Reviews"), files,
            [
                .init(t("Document")) { "\($0.call.person.document.text)" }, .init(t("Name")) { foreign($0.name) },
                .init(t("Approved")) { "\(moment($0.call.endedAt))" },
                .init(t("Act")) {
                    isParty(to: $0.call) ? "" : "<a href=\"/desk/reviews/\($0.call.id)\">\(t("Review"))</a>"
                },
            ])
    }

    /// Whether the operator approved the call, or is the person of it: such a one does not review it.
    private func isParty(to call: Call) -> Bool {
        [call.holderDocument, call.person.document.text].contains(actingOperator.document.text)
    }

    func review(_ id: Int64) throws(StoreError) -> HTTPResponse {
        guard let file = try services.callDesk.file(id), file.call.review == .awaited,
            !isParty(to: file.call)
        else { return try list([FieldError(field: "", text: t(ActOutcome.callOver.words))]) }
        return frame(
            t("Review"), usesCamera: true,
            """
            <div class="beside"><figure><video id="recording" controls src="/desk/reviews/\(id)/recording"
            aria-label="\(t("Recording of the call"))"></video>
            <figcaption>\(t("Recording of the call"))</figcaption></figure>
            \(callFacts(file))</div>
            <p>\(t("Accepted, the person has the advanced level. Rejected, they are removed from Cl@ve. Either way the recording is deleted, and this can't be undone."))</p>
            \(form("/desk/reviews/\(id)/accept", "", t("Accept: it is this person")))
            \(form("/desk/reviews/\(id)/reject", "", t("Reject: remove them"), second: true))
            """)
    }

    func recording(_ id: Int64) throws(StoreError) -> HTTPResponse {
        guard let bytes = try services.recordings.open(of: id, by: actor) else { return notFound() }
        var response = HTTPResponse(type: "video/webm", bytes)
        response.headers += Page.safety
        return response
    }
}
