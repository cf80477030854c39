import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

/// A request of an operator's, whose session and, where a form was sent, its token were checked.
struct DeskRequest {
    let context: PageContext
    let services: Services
    /// The operator who asks.
    let actingOperator: Citizen

    /// Lines of a list.
    static let linesAtOnce = 100
}

/// A page of the operators' desk.
protocol DeskPage: WebPage {
    var request: DeskRequest { get }

    init(_ request: DeskRequest, in pages: Pages)
}

extension DeskPage {
    var context: PageContext { request.context }
    var services: Services { request.services }
    var actingOperator: Citizen { request.actingOperator }
    /// The operator as the services know who acts.
    var actor: Actor { .desk(actingOperator, address: context.request.address) }

    /// A page of the desk, with the ways to its others.
    func frame(
        _ title: String, status: UInt32 = 200, usesCamera: Bool = false,
        _ body: HTML
    ) -> HTTPResponse {
        page(
            title, status: status, usesCamera: usesCamera,
            """
            <nav aria-label="\(t("Desk"))"><ul>
            \(links)
            </ul></nav>
            \(done)
            \(body)
            <hr><p>\(t("Signed in as {1}", actingOperator.name))</p>
            \(form("/desk/leave", "", t("Sign out"), second: true))
            """)
    }

    /// Says so, where an act has led here.
    private var done: HTML {
        context.request.query["done"] == nil
            ? "" : "<div class=\"box\" role=\"status\"><p>\(t("Done."))</p></div>"
    }

    /// The ways to the desk's pages.
    private var links: HTML {
        let calls =
            services.settings.callHours == .none
            ? [] : [("/desk/calls", t("Video calls")), ("/desk/reviews", t("Reviews"))]
        let all =
            [
                ("/desk", t("Find a person")), ("/desk/people", t("People")),
                ("/desk/people/add", t("Register a person")),
                ("/desk/devices", t("Devices")), ("/desk/letters", t("Letters")),
            ] + calls + [("/desk/audit", t("Audit"))]
        return HTML(
            all.map { path, words in
                let isThis = path == context.path
                return "<li><a href=\"\(path)\"\(" aria-current=\"page\"", if: isThis)>\(words)</a></li>"
            })
    }

    /// A form of the desk's, with the token of its address.
    ///
    /// - Parameter about: says to a screen reader what the button is about, where several are alike.
    func form(_ action: String, _ fields: HTML, _ button: String, second: Bool = false, about: String = "") -> HTML {
        """
        <form method="post" action="\(action)">
        \(token(action).input)
        \(fields)
        \(SubmitButton(text: button, isSecondary: second, about: about))</form>
        """
    }

    /// A table, or a word where it would have no rows.
    func listed<Row>(_ table: Table<Row>) -> HTML {
        table.rows.isEmpty ? "<p>\(t("There are none yet."))</p>" : table.html
    }

    /// The token of this session's form that leads to an address.
    func token(_ action: String) -> FormToken {
        .desk(context.request.cookies[Pages.deskCookie] ?? "", action, services.keys)
    }

    // MARK: Words

    func levelWord(_ level: RegistrationLevel) -> String {
        level == .advanced ? t("advanced") : t("basic")
    }

    func wayWord(_ way: String) -> String {
        switch way {
        case "letter": t("by letter")
        case "certificate": t("by certificate")
        case "dnie": t("with the DNIe")
        case "call": t("by video call")
        default: t("in person")
        }
    }

    func letterWord(_ letter: LetterLine) -> String {
        switch letter.state {
        case .used: t("used")
        case .void: t("void")
        case .live: letter.isExpired ? t("expired") : letter.printedAt == 0 ? t("to be printed") : t("on its way")
        }
    }
}
