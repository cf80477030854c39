import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import SecureMemory
import WebServer

/// E-mail: the page behind a mail's link.
struct EmailPage: OpenPage {
    let context: PageContext
    private let services: Services

    init(_ context: PageContext, in pages: Pages) {
        self.context = context
        services = pages.services
    }

    /// The token of an address `/email/…`; nil for what can be none.
    static func token(_ text: String) -> [UInt8]? {
        let token = bytes(base64URL: text, limit: EmailQueue.tokenLength)
        return token?.count == EmailQueue.tokenLength ? token : nil
    }

    func confirm(_ token: [UInt8]) throws(StoreError) -> HTTPResponse {
        guard let email = try services.emails.confirm(token, address: context.request.address) else {
            return deadLink()
        }
        return message(t("Confirmed"), t("The address {1} is confirmed.", email.masked))
    }

    /// Shows which address a link confirms, which is confirmed by the button alone: programs that look into mails open
    /// links, and press no buttons.
    func show(_ token: [UInt8]) throws(StoreError) -> HTTPResponse {
        guard let email = try services.emails.awaiting(token) else { return deadLink() }
        return page(
            t("Confirm your e-mail address"),
            """
            <p>\(t("This is the address that was given at the registration:"))</p>
            <div class="box"><p><strong>\(email.masked)</strong></p></div>
            <p>\(t("If it is not yours, close this page."))</p>
            <form method="post" action="/email/\(context["token"])">
            \(SubmitButton(text: t("It is mine: confirm it")))</form>
            """)
    }

    func deadLink() -> HTTPResponse {
        message(
            t("Confirm your e-mail address"), status: 404,
            t("This link does not work any more: it was used, is older than 24 hours, or a newer one was sent.")
        )
    }
}
