import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

// The operators' desk: reviews of video calls.
extension Pages {
    func awaitedReviews(_ context: Context, _ person: Citizen) throws(StoreError) -> HTTPResponse {
        try reviewList(context, person)
    }

    func acceptReview(
        _ context: Context, _ person: Citizen, _ id: Int64, _ form: Form
    ) throws(StoreError) -> HTTPResponse {
        try reviewEnded(context, person, try services.reviews.accept(id, by: actor(context, person)))
    }

    func rejectReview(
        _ context: Context, _ person: Citizen, _ id: Int64, _ form: Form
    ) throws(StoreError) -> HTTPResponse {
        try reviewEnded(context, person, try services.reviews.reject(id, by: actor(context, person)))
    }

    /// Back to the reviews, with what came of the act.
    private func reviewEnded(
        _ context: Context, _ person: Citizen, _ outcome: ActOutcome
    ) throws(StoreError) -> HTTPResponse {
        guard outcome == .done else {
            return try reviewList(context, person, [FieldError(field: "", text: context.t(outcome.words))])
        }
        return .redirect(to: "/desk/reviews?done=yes")
    }

    private func reviewList(
        _ context: Context, _ person: Citizen, _ errors: [FieldError] = []
    ) throws(StoreError) -> HTTPResponse {
        let t = context.t
        let files = try services.reviews.waiting()
        let rows = files.map { file -> [HTML] in
            let isMine = [file.call.holderDocument, file.call.person.document.text].contains(person.document.text)
            return [
                "\(file.call.person.document.text)", foreign(file.name), "\(moment(file.call.endedAt))",
                isMine ? "" : "<a href=\"/desk/reviews/\(Int(file.call.id))\">\(t("Review"))</a>",
            ]
        }
        return deskFrame(
            context, person, t("Reviews"), status: errors.isEmpty ? 200 : 409,
            """
            \(summary(context, errors))
            <p>\(t("Calls that were approved and recorded. Another operator than the one who approved looks at them."))</p>
            \(files.isEmpty ? "<p>\(t("There are none yet."))</p>" : table(
                t("Reviews"), [t("Document"), t("Name"), t("Approved"), t("Act")], rows))
            """)
    }

    func reviewPage(_ context: Context, _ person: Citizen, _ id: Int64) throws(StoreError) -> HTTPResponse {
        let t = context.t
        guard let file = try services.callDesk.file(id), file.call.review == .awaited,
            ![file.call.holderDocument, file.call.person.document.text].contains(person.document.text)
        else { return try reviewList(context, person, [FieldError(field: "", text: t(ActOutcome.callOver.words))]) }
        return deskFrame(
            context, person, t("Review"), usesCamera: true,
            """
            <div class="beside"><figure><video id="recording" controls src="/desk/reviews/\(Int(id))/recording"
            aria-label="\(t("Recording of the call"))"></video>
            <figcaption>\(t("Recording of the call"))</figcaption></figure>
            \(callFacts(context, file))</div>
            <p>\(t("Accepted, the person has the advanced level. Rejected, they are removed from Cl@ve. Either way the recording is deleted, and this can't be undone."))</p>
            \(deskForm(context, "/desk/reviews/\(id)/accept", "", t("Accept: it is this person")))
            \(deskForm(context, "/desk/reviews/\(id)/reject", "", t("Reject: remove them"), second: true))
            """)
    }

    func recording(_ context: Context, _ person: Citizen, _ id: Int64) throws(StoreError) -> HTTPResponse {
        guard let bytes = try services.recordings.open(of: id, by: actor(context, person)) else {
            return notFound(context)
        }
        var response = HTTPResponse(type: "video/webm", bytes)
        response.headers += Page.safety
        return response
    }
}
