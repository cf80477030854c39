import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

// What has to hold before a page's function is called: it gets what was checked, and so can't be reached without.
extension Pages {
    /// Who answers a browser.
    enum Handler: Sendable {
        /// The same bytes for everybody.
        case asset(Asset)
        case page(@Sendable (Pages, Context) throws(StoreError) -> HTTPResponse)
    }

    typealias Form = [String: String]
    /// A page's function, as `Pages.frontPage` names it.
    typealias Open = @Sendable (Pages) -> (Context) throws(StoreError) -> HTTPResponse
    typealias AboutProcedure = @Sendable (Pages) -> (Context, Procedure) throws(StoreError) -> HTTPResponse
    typealias Visiting = @Sendable (Pages) -> (Context, Transaction) throws(StoreError) -> HTTPResponse
    typealias VisitingForm = @Sendable (Pages) -> (Context, Transaction, Form) throws(StoreError) -> HTTPResponse
    typealias GivingData = @Sendable (Pages) -> (Context, Transaction, Form, Purpose) throws(StoreError) -> HTTPResponse
    typealias WithToken = @Sendable (Pages) -> (Context, [UInt8]) throws(StoreError) -> HTTPResponse
    typealias InCall =
        @Sendable (Pages) -> (Context, CallView) throws(StoreError) -> HTTPResponse

    /// For everybody.
    static func open(_ act: @escaping Open) -> Handler {
        .page { (pages, context) throws(StoreError) in try act(pages)(context) }
    }

    /// About the sample procedure that the path names.
    static func procedure(_ act: @escaping AboutProcedure) -> Handler {
        .page { (pages, context) throws(StoreError) in
            guard let procedure = Procedure.sample(context["procedure"]) else { return pages.notFound(context) }
            return try act(pages)(context, procedure)
        }
    }

    // MARK: Visits

    /// For the browser that began a visit.
    static func visit(_ act: @escaping Visiting) -> Handler {
        .page { (pages, context) throws(StoreError) in
            guard let visit = context.visit else { return pages.noVisit(context) }
            return try act(pages)(context, visit)
        }
    }

    /// A form of a visit's, with its token.
    static func visitForm(_ act: @escaping VisitingForm) -> Handler {
        .page { (pages, context) throws(StoreError) in
            guard let visit = context.visit, let form = context.request.form,
                pages.token(visit, context.request.path).isIn(form)
            else { return pages.noVisit(context) }
            return try act(pages)(context, visit, form)
        }
    }

    /// A form with a person's data, for one of the two ways.
    static func visitForm(_ purpose: Purpose, _ act: @escaping GivingData) -> Handler {
        visitForm { pages in
            { (context, visit, form) throws(StoreError) in try act(pages)(context, visit, form, purpose) }
        }
    }

    /// A form of a visit's whose button says all.
    static func visitButton(_ act: @escaping Visiting) -> Handler {
        visitForm { pages in { (context, visit, _) throws(StoreError) in try act(pages)(context, visit) } }
    }

    /// An address below the gateway's that no page has: only who is there hears so.
    func noStep(_ context: Context, _ visit: Transaction) -> HTTPResponse { notFound(context) }

    // MARK: Links

    /// For who has the address of a call.
    static func callLink(_ act: @escaping WithToken) -> Handler {
        .page { (pages, context) throws(StoreError) in
            guard let token = callToken(context["token"]) else { return pages.deadCall(context) }
            return try act(pages)(context, token)
        }
    }

    /// For who has the address of a call that there is.
    ///
    /// - Parameter isOpen: whether the request shows that the page is open.
    static func call(isOpen: Bool = false, _ act: @escaping InCall) -> Handler {
        callLink { pages in
            { (context, token) throws(StoreError) in
                guard let view = try pages.services.calls.view(token, isOpen: isOpen) else {
                    return pages.deadCall(context)
                }
                return try act(pages)(context, view)
            }
        }
    }

    /// For who has the address that a mail brought.
    static func emailLink(_ act: @escaping WithToken) -> Handler {
        .page { (pages, context) throws(StoreError) in
            guard let token = emailToken(context["token"]) else { return pages.deadLink(context) }
            return try act(pages)(context, token)
        }
    }
}

// The same for the operators' desk.
extension Pages {
    typealias AtDesk = @Sendable (Pages) -> (Context, Citizen) throws(StoreError) -> HTTPResponse
    typealias AtDeskForm = @Sendable (Pages) -> (Context, Citizen, Form) throws(StoreError) -> HTTPResponse
    typealias AboutRecord = @Sendable (Pages) -> (Context, Citizen, NamedRecord) throws(StoreError) -> HTTPResponse
    typealias AboutCall = @Sendable (Pages) -> (Context, Citizen, Int64) throws(StoreError) -> HTTPResponse
    typealias AboutCallForm = @Sendable (Pages) -> (Context, Citizen, Int64, Form) throws(StoreError) -> HTTPResponse

    /// For an operator; anybody else sees the door.
    static func desk(_ act: @escaping AtDesk) -> Handler {
        .page { (pages, context) throws(StoreError) in
            guard let person = try pages.operatorSignedIn(context) else { return pages.deskDoor(context) }
            return try act(pages)(context, person)
        }
    }

    /// For an operator: a call by its number, which may be none's.
    static func desk(call act: @escaping AboutCall) -> Handler {
        desk { pages in
            { (context, person) throws(StoreError) in
                try act(pages)(context, person, Int64(context["call"]) ?? -1)
            }
        }
    }

    /// A form of an operator's session, with its token.
    static func deskForm(_ act: @escaping AtDeskForm) -> Handler {
        desk { pages in
            { (context, person) throws(StoreError) in
                guard let form = context.request.form, pages.deskToken(context, context.request.path).isIn(form) else {
                    return pages.notTheDesksForm(context)
                }
                return try act(pages)(context, person, form)
            }
        }
    }

    /// A form about the record that path and form name.
    static func recordForm(_ act: @escaping AboutRecord) -> Handler {
        deskForm { pages in
            { (context, person, form) throws(StoreError) in
                guard let record = try pages.named(context, form) else {
                    return try pages.refused(context, person, context["id"], .notFound)
                }
                return try act(pages)(context, person, record)
            }
        }
    }

    /// A form about the call that the path names.
    static func callForm(_ act: @escaping AboutCallForm) -> Handler {
        deskForm { pages in
            { (context, person, form) throws(StoreError) in
                guard let id = Int64(context["call"]) else { return pages.notFound(context) }
                return try act(pages)(context, person, id, form)
            }
        }
    }

    /// What the script of an operator's page of a call sends: no form, but the page's token in a header.
    static func deskScript(_ act: @escaping AboutCall) -> Handler {
        desk { pages in
            { (context, person) throws(StoreError) in
                guard let id = Int64(context["call"]),
                    pages.deskToken(context, callBase(id)).matches(context.request.headers[FormToken.scriptHeader])
                else { return HTTPResponse(status: 403, type: "text/plain; charset=utf-8", []) }
                return try act(pages)(context, person, id)
            }
        }
    }

    /// An address below the desk's that no page has: only operators hear so.
    func noDeskPage(_ context: Context, _ person: Citizen) -> HTTPResponse { notFound(context) }

    /// The same of a form's.
    func noDeskForm(_ context: Context, _ person: Citizen, _ form: Form) -> HTTPResponse { notFound(context) }
}
