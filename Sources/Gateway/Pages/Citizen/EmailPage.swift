import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import SecureMemory
import WebServer

// E-mail: the page behind a mail's link, and the sandbox's mail network.
extension Pages {
    /// The token of an address `/email/…`; nil for what can be none.
    static func emailToken(_ text: String) -> [UInt8]? {
        let token = bytes(base64URL: text, limit: EmailQueue.tokenLength)
        return token?.count == EmailQueue.tokenLength ? token : nil
    }

    func confirmEmail(_ context: Context, _ token: [UInt8]) throws(StoreError) -> HTTPResponse {
        guard let email = try services.emails.confirm(token, address: context.request.address) else {
            return deadLink(context)
        }
        return message(context, context.t("Confirmed"), context.t("The address {1} is confirmed.", email.masked))
    }

    /// Shows which address a link confirms, which is confirmed by the button alone: programs that look into mails open
    /// links, and press no buttons.
    func emailPage(_ context: Context, _ token: [UInt8]) throws(StoreError) -> HTTPResponse {
        let t = context.t
        guard let email = try services.emails.awaiting(token) else { return deadLink(context) }
        return page(
            context, t("Confirm your e-mail address"),
            """
            <p>\(t("This is the address that was given at the registration:"))</p>
            <div class="box"><p><strong>\(email.masked)</strong></p></div>
            <p>\(t("If it is not yours, close this page."))</p>
            <form method="post" action="/email/\(context["token"])">
            <button type="submit">\(t("It is mine: confirm it"))</button></form>
            """)
    }

    func deadLink(_ context: Context) -> HTTPResponse {
        message(
            context, context.t("Confirm your e-mail address"), status: 404,
            context.t("This link does not work any more: it was used, is older than 24 hours, or a newer one was sent.")
        )
    }

    func mailPage(_ context: Context, _ mail: OutboxMailer) -> HTTPResponse {
        let t = context.t
        let mails = mail.latest(limit: 20)
        let list = HTML(mails.map { "<li><pre>\(linked($0))</pre></li>" })
        return page(
            context, t("E-mail"),
            """
            <p>\(t("What would lie in people's mailboxes. A real gateway has no such page."))</p>
            \(mails.isEmpty ? "<p>\(t("There are none yet."))</p>" : "<ol reversed>\(list)</ol>" as HTML)
            """)
    }

    /// A mail's text, in which this gateway's links can be pressed.
    private func linked(_ text: String) -> HTML {
        let start = "\(services.settings.origin)/email/"
        let bytes = Array(text.utf8)
        guard let range = bytes.firstRange(of: Array(start.utf8)) else { return "\(text)" }
        func piece(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
        let token = bytes[range.upperBound...].prefix { $0 > UInt8(ascii: " ") }
        guard Self.emailToken(piece(token)) != nil else { return "\(text)" }
        return """
            \(piece(bytes[..<range.lowerBound]))<a href="/email/\(piece(token))">\(start)\(piece(token))</a>\
            \(piece(bytes[token.endIndex...]))
            """
    }
}
