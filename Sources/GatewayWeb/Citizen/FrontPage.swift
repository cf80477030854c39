import ClaveDomain
import GatewayServices
import Localization
import WebServer

/// The list of the sandbox's procedures.
struct FrontPage: OpenPage {
    let context: PageContext
    private let sandbox: SandboxPages?

    init(_ context: PageContext, in pages: Pages) {
        self.context = context
        sandbox = pages.sandbox
    }

    func show() -> HTTPResponse {
        let list = HTML(
            Procedure.samples.map {
                "<li><a href=\"\($0.path)\">\($0.title)</a> – \($0.organisation)\(demand($0))</li>"
            })
        let sandbox = sandbox.flatMap { $0.isOpen(to: context.request) ? $0 : nil }
        let messages: HTML =
            "<p><a href=\"/sandbox/outbox\">\(t("Text messages that the sandbox has sent"))</a></p>"
        let mails: HTML = "<p><a href=\"/sandbox/mail\">\(t("E-mail that the sandbox has sent"))</a></p>"
        return page(
            t("Sample procedures"),
            """
            <p>\(t("This gateway runs on this machine, to develop and test with. It speaks an open protocol of its own and has nothing to do with the state's production service."))</p>
            <ul>\(list)</ul>\(messages, if: sandbox?.outbox != nil)\(mails, if: sandbox?.mail != nil)
            """)
    }
}
