import ClaveDomain
import GatewayServices
import GatewayStore
import WebServer

// What has to hold before a page's function is called: the page is made of what was checked, and so can't be reached without.
extension Pages {
    /// Who answers a browser.
    enum Handler: Sendable {
        /// The same bytes for everybody.
        case asset(Asset)
        case page(@Sendable (Pages, PageContext) throws(StoreError) -> HTTPResponse)
    }

    /// A page's function, as `FrontPage.show` names it.
    typealias Act<Kind> = @Sendable (Kind) -> () throws(StoreError) -> HTTPResponse
    /// The same, of one that takes something.
    typealias Taking<Kind, Value> = @Sendable (Kind) -> (Value) throws(StoreError) -> HTTPResponse

    /// For everybody.
    static func open<Kind: OpenPage>(_ act: @escaping Act<Kind>) -> Handler {
        .page { (pages, context) throws(StoreError) in try act(Kind(context, in: pages))() }
    }

    /// About the sample procedure that the path names.
    static func procedure(_ act: @escaping Act<ProcedurePages>) -> Handler {
        .page { (pages, context) throws(StoreError) in
            guard let procedure = Procedure.sample(context["procedure"]) else { return PlainPage(context).notFound() }
            return try act(ProcedurePages(context, procedure, in: pages))()
        }
    }

    // MARK: Visits

    /// For the browser that began a visit.
    static func visit<Kind: VisitPage>(_ act: @escaping Act<Kind>) -> Handler {
        .page { (pages, context) throws(StoreError) in
            guard let visit = context.visit else { return PlainPage(context).noVisit() }
            return try act(Kind(VisitRequest(context: context, services: pages.services, visit: visit)))()
        }
    }

    /// A form of a visit's, with its token.
    static func visitForm<Kind: VisitPage>(_ act: @escaping Taking<Kind, Form>) -> Handler {
        .page { (pages, context) throws(StoreError) in
            let keys = pages.services.keys
            guard let visit = context.visit, let form = context.request.form,
                FormToken.visit(visit.id, context.request.path, keys).isIn(form)
            else { return PlainPage(context).noVisit() }
            return try act(Kind(VisitRequest(context: context, services: pages.services, visit: visit)))(form)
        }
    }

    /// A form of a visit's whose button says all.
    static func visitButton<Kind: VisitPage>(_ act: @escaping Act<Kind>) -> Handler {
        visitForm { (page: Kind) in { (_) throws(StoreError) in try act(page)() } }
    }

    // MARK: Links

    /// For who has the address of a call.
    static func callLink(_ act: @escaping Taking<VideoCallPage, [UInt8]>) -> Handler {
        .page { (pages, context) throws(StoreError) in
            let page = VideoCallPage(context, in: pages)
            guard let token = VideoCallPage.token(context["token"]) else { return page.deadCall() }
            return try act(page)(token)
        }
    }

    /// For who has the address of a call that there is.
    ///
    /// - Parameter isOpen: whether the request shows that the page is open.
    static func call(isOpen: Bool = false, _ act: @escaping Taking<VideoCallPage, CallView>) -> Handler {
        callLink { page in
            { (token) throws(StoreError) in
                guard let view = try page.services.calls.view(token, isOpen: isOpen) else { return page.deadCall() }
                return try act(page)(view)
            }
        }
    }

    /// For who has the address that a mail brought.
    static func emailLink(_ act: @escaping Taking<EmailPage, [UInt8]>) -> Handler {
        .page { (pages, context) throws(StoreError) in
            let page = EmailPage(context, in: pages)
            guard let token = EmailPage.token(context["token"]) else { return page.deadLink() }
            return try act(page)(token)
        }
    }
}
