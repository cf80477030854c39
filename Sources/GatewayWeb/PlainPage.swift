import WebServer

/// What is said where there is no page, or none for who asks.
struct PlainPage: OpenPage {
    let context: PageContext

    init(_ context: PageContext) { self.context = context }
    init(_ context: PageContext, in pages: Pages) { self.init(context) }

    /// Only reading and sending forms is possible here.
    func wrongMethod() -> HTTPResponse {
        var response = notFound()
        response.status = 405
        response.headers.append(("allow", "GET, HEAD, POST"))
        return response
    }

    /// A form's address, opened by itself: back to the step that it belongs to.
    func backToStep() -> HTTPResponse { .redirect(to: context.path) }
}
