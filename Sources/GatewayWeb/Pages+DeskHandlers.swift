import ClaveDomain
import GatewayServices
import GatewayStore
import WebServer

// What has to hold before a page of the operators' desk answers.
extension Pages {
    typealias TakingCallForm<Kind> = @Sendable (Kind) -> (Int64, Form) throws(StoreError) -> HTTPResponse

    /// For an operator; anybody else sees the door.
    private static func operators(
        _ answer: @escaping @Sendable (DeskRequest, Pages) throws(StoreError) -> HTTPResponse
    ) -> Handler {
        .page { (pages, context) throws(StoreError) in
            let door = DeskDoor(context, in: pages)
            guard let person = try door.operatorSignedIn() else { return door.show() }
            return try answer(
                DeskRequest(context: context, services: pages.services, actingOperator: person), pages)
        }
    }

    /// For an operator.
    static func desk<Kind: DeskPage>(_ act: @escaping Act<Kind>) -> Handler {
        operators { (request, pages) throws(StoreError) in try act(Kind(request, in: pages))() }
    }

    /// For an operator: a call by its number, which may be none's.
    static func desk<Kind: DeskPage>(call act: @escaping Taking<Kind, Int64>) -> Handler {
        operators { (request, pages) throws(StoreError) in
            try act(Kind(request, in: pages))(Int64(request.context["call"]) ?? -1)
        }
    }

    /// A form of an operator's session, with its token.
    static func deskForm<Kind: DeskPage>(_ act: @escaping Taking<Kind, Form>) -> Handler {
        operators { (request, pages) throws(StoreError) in
            let session = DeskSessionPages(request, in: pages)
            guard let form = request.context.request.form, session.token(request.context.request.path).isIn(form) else {
                return session.foreignForm()
            }
            return try act(Kind(request, in: pages))(form)
        }
    }

    /// A form of an operator's session whose button says all.
    static func deskButton<Kind: DeskPage>(_ act: @escaping Act<Kind>) -> Handler {
        deskForm { (page: Kind) in { (_) throws(StoreError) in try act(page)() } }
    }

    /// A form about the record that path and form name.
    static func recordForm(_ act: @escaping Taking<RecordPages, RecordPages.NamedRecord>) -> Handler {
        deskForm { (page: RecordPages) in
            { (form) throws(StoreError) in
                guard let record = try page.named(form) else {
                    return try page.refused(.notFound)
                }
                return try act(page)(record)
            }
        }
    }

    /// A form about the call that the path names.
    static func callForm<Kind: DeskPage>(_ act: @escaping TakingCallForm<Kind>) -> Handler {
        deskForm { (page: Kind) in
            { (form) throws(StoreError) in
                guard let id = Int64(page.context["call"]) else { return page.notFound() }
                return try act(page)(id, form)
            }
        }
    }

    /// A form about a call whose button says all.
    static func callButton<Kind: DeskPage>(_ act: @escaping Taking<Kind, Int64>) -> Handler {
        callForm { (page: Kind) in { (id, _) throws(StoreError) in try act(page)(id) } }
    }

    /// What the script of an operator's page of a call sends: no form, but the page's token in a header.
    static func deskScript(_ act: @escaping Taking<CallDeskPages, Int64>) -> Handler {
        operators { (request, pages) throws(StoreError) in
            let page = CallDeskPages(request, in: pages)
            guard let id = Int64(page.context["call"]),
                page.token(CallDeskPages.base(id)).matches(page.context.request.headers[FormToken.scriptHeader])
            else { return .forbidden }
            return try act(page)(id)
        }
    }
}
