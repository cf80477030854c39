import ClaveDomain
import GatewayServices
import Localization
import WebServer

// Levels of registration: what a procedure demands, and what to do about it.
extension Procedure {
    /// Where people come to it.
    var path: String { self == .desk ? "/desk" : "/procedure/\(id)" }
}

extension VisitPage {
    /// Says to a person who has identified themselves that their registration does not reach for the procedure.
    var levelPage: HTTPResponse {
        page(
            t("This needs the advanced level"), status: 403,
            """
            \(purpose)
            <p>\(t("You have identified yourself, but you are registered at the basic level. The procedure demands the advanced one, and has learnt nothing about you."))</p>
            <h2>\(t("How to raise your level"))</h2>
            <ul>
            <li>\(t("With a certificate: run")) <code>clave-register certificate</code></li>
            <li>\(t("With the DNIe and a reader: run")) <code>clave-register dnie</code></li>
            <li>\(t("In person, at the operators' desk of this sandbox."))</li>
            <li>\(t("If you were registered by a video call that was recorded: wait until a second operator has reviewed it."))</li>
            </ul>
            <p>\(t("Then reload this page, or start again at the procedure."))</p>
            """)
    }

    /// Says to a person who has identified themselves that they registered too long ago for the procedure.
    var renewalPage: HTTPResponse {
        page(
            t("Your registration is to be renewed"), status: 403,
            """
            \(purpose)
            <p>\(t("You have identified yourself, but your registration is older than five years. Until it is renewed it counts at the basic level, and the procedure demands the advanced one. It has learnt nothing about you."))</p>
            <h2>\(t("How to renew it"))</h2>
            <ul>
            <li>\(t("With the DNIe and a reader: run")) <code>clave-register dnie</code></li>
            <li>\(t("In person, at the operators' desk of this sandbox."))</li>
            </ul>
            <p>\(t("Then reload this page, or start again at the procedure."))</p>
            """)
    }
}
