import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import SecureMemory
import WebServer

/// A request of the browser that began a visit; where a form was sent, its token was checked.
struct VisitRequest {
    let context: PageContext
    let services: Services
    /// The visit of this browser.
    let visit: Transaction
}

/// A page of a visit's, for the browser that began it.
protocol VisitPage: WebPage {
    var request: VisitRequest { get }

    init(_ request: VisitRequest)
}

extension VisitPage {
    var context: PageContext { request.context }
    var services: Services { request.services }
    var visit: Transaction { request.visit }

    /// A form of a visit's, with the token of its address.
    func form(_ action: String, _ fields: HTML, _ button: String, second: Bool = false) -> HTML {
        """
        <form method="post" action="\(action)">\(FormToken.visit(visit.id, action, services.keys).input)
        \(fields)
        \(SubmitButton(text: button, isSecondary: second))</form>
        """
    }

    var cancelForm: HTML { form("/gateway/cancel", "", t("Cancel"), second: true) }

    /// Who asks, and for what.
    var purpose: HTML {
        let procedure = visit.procedure
        return """
            <div class="box"><p>\(t("Organisation")): <strong>\(procedure.organisation)</strong><br>
            \(t("Procedure")): <strong>\(procedure.title)</strong>\(demand(procedure))</p></div>
            """
    }

    // MARK: How a visit goes on

    /// Lets an approved visit go on to its procedure.
    func proceed() throws(StoreError) -> HTTPResponse {
        switch try services.visits.finish(visit.id) {
        case .code(let code): return .redirect(to: "\(visit.procedure.path)/return?code=\(base64URL(code))")
        case .renewalDue: return renewalPage
        case .levelTooLow: return levelPage
        case .gone: return noVisit()
        }
    }

    /// Says that no PIN lets in for now: the truth, to who types right data and wrong ones.
    func blocked(_ seconds: Int64) -> HTTPResponse {
        message(
            t("Cl@ve PIN is blocked for these data"), status: 429,
            t(
                "Wrong PINs were typed {1} times in one day. Cl@ve PIN works again in {2} hours. Until then you can identify yourself with Cl@ve Mobile.",
                String(ClaveRules.wrongPINsPerDay), String(max(1, (seconds + 3599) / 3600))))
    }
}
