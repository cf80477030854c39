import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import Localization
import WebServer

// The operator's side of one call.
extension CallDeskPages {
    func showCall(_ id: Int64) throws(StoreError) -> HTTPResponse {
        try call(id, [])
    }

    func call(_ id: Int64, _ errors: [FieldError]) throws(StoreError) -> HTTPResponse {
        guard let file = try services.callDesk.keep(id, by: actor) else {
            return try list([FieldError(field: "", text: t(ActOutcome.callOver.words))])
        }
        return frame(
            t("Video call"), status: errors.isEmpty ? 200 : 422, usesCamera: true,
            """
            \(ErrorSummary(t: t, errors: errors))
            <div id="call" data-side="operator" data-base="\(Self.base(id))" data-state="running"
            data-form="\(token(Self.base(id)).text)"
            \(lineServers)>
            \(statusLines(start: file.call.start))
            <div class="beside">\(pictures(t("The person"), t("You")))\(callFacts(file))</div>
            </div>
            <h2>\(t("Approve"))</h2>\(checklist(file))
            <h2>\(t("Reject"))</h2>\(form("/desk/calls/\(id)/reject", reasons, t("Reject"), second: true))
            <h2>\(t("Give back"))</h2>
            <p>\(t("The person goes back to the line, and another operator may take the call."))</p>
            \(form("/desk/calls/\(id)/release", "", t("Give back"), second: true))
            """)
    }

    private func checklist(_ file: CallFile) -> HTML {
        guard file.isRight, !file.isRegistered else {
            let outcome = file.isRight ? ActOutcome.documentTaken : .dataDiffer
            return "<p>\(t(outcome.words))</p>"
        }
        let list = HTML(
            checks.map { check, words in
                let box: HTML = "<input type=\"checkbox\" name=\"\(check.rawValue)\" value=\"yes\">"
                return "<label class=\"tick\">\(box) \(words)</label>"
            })
        let fields: HTML = "<fieldset><legend>\(t("I have seen:"))</legend>\(list)</fieldset>"
        return form("/desk/calls/\(file.call.id)/approve", fields, t("Approve"))
    }

    private var checks: [(CallCheck, String)] {
        [
            (.front, t("The document's front: name, number and date are those above")),
            (.back, t("The document's back")), (.face, t("The face is that of the document's picture")),
            (.hologram, t("The hologram changes as the document is moved")),
            (.code, t("The code was spoken, or shown in writing by who can't speak")),
        ]
    }

    private var reasons: HTML {
        Choice(
            name: "reason", label: t("Reason, which the person reads"),
            options: CallRejection.allCases.filter { $0 != .none }.map { ("\($0.rawValue)", t($0.words)) }, chosen: ""
        ).html
    }
}
