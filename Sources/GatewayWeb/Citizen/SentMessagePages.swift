import ClaveDomain
import GatewayServices
import Localization
import WebServer

/// What the sandbox has sent in place of a telephone and mail network.
struct SentMessagePages: OpenPage {
    let context: PageContext
    private let sandbox: SandboxPages?
    /// With which the links of this gateway begin.
    private let origin: String

    init(_ context: PageContext, in pages: Pages) {
        self.context = context
        sandbox = pages.sandbox
        origin = pages.services.settings.origin
    }

    /// Text messages that the sandbox has sent.
    func outbox() -> HTTPResponse {
        sent("/sandbox/outbox", sandbox?.outbox, outboxPage)
    }

    /// E-mail that the sandbox has sent.
    func mail() -> HTTPResponse { sent("/sandbox/mail", sandbox?.mail, mailPage) }

    /// What the sandbox has sent, for who was let in. The token is in an address once: its cookie takes its place.
    private func sent<Box>(
        _ path: String, _ box: Box?, _ page: (Box) -> HTTPResponse
    ) -> HTTPResponse {
        guard let sandbox, let box else { return notFound() }
        let token = context.request.query["token"] ?? ""
        if SandboxPages.isLoopback(context.request.address), sandbox.isRight(token) {
            var response = HTTPResponse.redirect(to: path)
            response.setCookie(SandboxPages.cookie, token)
            return response
        }
        guard sandbox.isOpen(to: context.request) else {
            return message(
                t("Not for everybody"), status: 403,
                t(
                    "These messages hold other people's PINs and codes. Open the address that 'clave-gateway serve' has printed, or run 'clave-gateway outbox' or 'clave-gateway mail'."
                ))
        }
        return page(box)
    }

    private func outboxPage(_ outbox: OutboxSender) -> HTTPResponse {
        page(
            t("Text messages"),
            """
            <p>\(t("What a telephone would receive. A real gateway has no such page."))</p>
            \(list(outbox.latest(limit: Self.messagesAtOnce).map { "\($0)" }))
            """)
    }

    private func mailPage(_ mail: OutboxMailer) -> HTTPResponse {
        page(
            t("E-mail"),
            """
            <p>\(t("What would lie in people's mailboxes. A real gateway has no such page."))</p>
            \(list(mail.latest(limit: Self.messagesAtOnce).map { linked($0) }))
            """)
    }

    private static let messagesAtOnce = 20

    private func list(_ messages: [HTML]) -> HTML {
        guard !messages.isEmpty else { return "<p>\(t("There are none yet."))</p>" }
        return "<ol reversed>\(HTML(messages.map { "<li><pre>\($0)</pre></li>" }))</ol>"
    }

    /// A mail's text, in which this gateway's links can be pressed.
    private func linked(_ text: String) -> HTML {
        let start = "\(origin)/email/"
        let bytes = Array(text.utf8)
        guard let range = bytes.firstRange(of: Array(start.utf8)) else { return "\(text)" }
        func piece(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
        let token = bytes[range.upperBound...].prefix { $0 > UInt8(ascii: " ") }
        guard EmailPage.token(piece(token)) != nil else { return "\(text)" }
        return """
            \(piece(bytes[..<range.lowerBound]))<a href="/email/\(piece(token))">\(start)\(piece(token))</a>\
            \(piece(bytes[token.endIndex...]))
            """
    }
}
