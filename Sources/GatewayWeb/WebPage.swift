import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

/// A page, or several about one subject, for one request: what its functions say is about what the initialiser was given,
/// which is the request and what was checked of it.
protocol WebPage: SendableMetatype {
    /// The request that is answered.
    var context: PageContext { get }
}

/// A page for everybody.
protocol OpenPage: WebPage {
    init(_ context: PageContext, in pages: Pages)
}

extension WebPage {
    /// Texts in the page's language.
    var t: Localizer { context.t }

    /// A page in the frame.
    func page(
        _ title: String, status: UInt32 = 200, waits: Bool = false, usesCamera: Bool = false,
        _ body: HTML
    ) -> HTTPResponse {
        Page(
            t: context.t, title: title, body: body, status: status, waits: waits, usesCamera: usesCamera,
            path: context.path
        ).response()
    }

    /// A page that says one thing.
    func message(_ title: String, status: UInt32 = 200, _ text: String) -> HTTPResponse {
        page(
            title, status: status,
            "<p>\(text)</p><p><a href=\"/\">\(t("To the sandbox's front page"))</a></p>")
    }

    func notFound() -> HTTPResponse {
        message(t("Not found"), status: 404, t("There is no such page."))
    }

    func noVisit() -> HTTPResponse {
        message(
            t("Start at a procedure"), status: 400,
            t("This page belongs to a visit that has ended or never began. Start again at the procedure."))
    }

    func tooMany(_ seconds: Int64) -> HTTPResponse {
        message(
            t("Too many attempts"), status: 429,
            t("Wait {1} minutes, then try again.", String(max(1, (seconds + 59) / 60))))
    }

    /// The level that a procedure demands, where it is more than everybody has.
    func demand(_ procedure: Procedure) -> HTML {
        procedure.demands == .advanced ? "<br>\(t("Needs advanced registration"))" : ""
    }

    /// Somebody else's words, which may run from right to left, apart from what stands around them.
    func foreign(_ text: String) -> HTML { "<bdi>\(text)</bdi>" }

    /// A day in UTC.
    func day(_ time: Int64) -> String { CivilDate(unixTime: time).text }

    /// A day in UTC, and the time of it.
    func moment(_ time: Int64) -> String {
        let second = ((time % 86_400) + 86_400) % 86_400
        let parts = [second / 3600, second / 60 % 60, second % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(day(time)) \(parts.joined(separator: ":"))"
    }
}
