import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import SecureMemory
import WebServer

/// The pages for people: the sandbox's procedures, and the gateway that they send people to.
final class Pages: Sendable {
    static let visitCookie = "__Host-clave-visit"
    static let sessionCookie = "__Host-clave-session"
    static let languageCookie = "__Host-clave-language"

    let services: Services
    /// The pages with what the sandbox has sent; nil where there are none.
    let sandbox: SandboxPages?
    let sessions = Sessions()
    let signals = Signals()
    private let localizers: [Language: Localizer]

    init(services: Services, sandbox: SandboxPages? = nil) {
        self.services = services
        self.sandbox = sandbox
        var localizers: [Language: Localizer] = [:]
        for language in Language.allCases {
            localizers[language] = Localizer(language: language, folder: Localizer.catalogFolder)
        }
        self.localizers = localizers
    }

    /// One request on its way through the pages.
    struct Context {
        let request: HTTPRequest
        let t: Localizer
        /// Only where the route reads whose visit it is.
        let visit: Transaction?
        let parameters: PathParameters

        /// What stands in the path at a name of the route's pattern.
        subscript(name: String) -> String { parameters[name] }

        /// The page to come back to in another language: where a form led to, its step's own page.
        var path: String {
            let all = request.parts
            let parts = all.prefix(2)
            switch parts.first {
            case "gateway" where parts.last == "pin" || parts.last == "mobile": return "/gateway/\(parts[1])"
            case "gateway": return "/gateway"
            case "procedure": return Procedure.sample(parts.last ?? "").map { "/procedure/\($0.id)" } ?? "/"
            case "desk": return Pages.deskPath(all)
            case "call" where all.count > 1 && Pages.callToken(all[1]) != nil: return "/call/\(all[1])"
            case "email" where all.count == 2 && Pages.emailToken(all[1]) != nil: return "/email/\(all[1])"
            case "sandbox": return parts.last == "mail" ? "/sandbox/mail" : "/sandbox/outbox"
            default: return "/"
            }
        }
    }

    /// Answers a browser.
    func answer(_ asked: HTTPRequest) -> HTTPResponse {
        var request = asked
        // The same answer (RFC 9110, section 9.3.2): libmicrohttpd leaves its body away.
        if request.method == "HEAD" { request.method = "GET" }
        let found = Self.routes.match(request)
        if case .asset(let asset)? = found?.route.handler { return asset.response }
        let reads = found?.route.reads ?? .everyPage
        request = request.narrowed(to: reads)
        let t = localizer(for: request)
        do throws(StoreError) {
            let visit = try visitName(request).flatMap { (name) throws(StoreError) in
                try services.visits.transaction(name)
            }
            let context = Context(
                request: request, t: t, visit: visit, parameters: found?.parameters ?? PathParameters())
            var response = try answer(context, found?.route)
            if let asked = request.query["lang"], let language = Language(rawValue: asked) {
                response.setCookie(Self.languageCookie, language.rawValue)
            }
            return response
        } catch {
            return failure(t, error)
        }
    }

    private func answer(_ context: Context, _ route: Route<Handler>?) throws(StoreError) -> HTTPResponse {
        let request = context.request
        guard request.method == "GET" || request.method == "POST" else { return wrongMethod(context) }
        guard request.method == "GET" || !request.isFromElsewhere else { return noVisit(context) }
        guard let route, case .page(let act) = route.handler else { return notFound(context) }
        guard request.body.count <= route.maximumBody else { return .refusal(413) }
        return try act(self, context)
    }

    // MARK: Language, visit, form tokens

    private func localizer(for request: HTTPRequest) -> Localizer {
        let asked = request.query["lang"] ?? request.cookies[Self.languageCookie]
        let language =
            asked.flatMap { Language(rawValue: $0) }
            ?? Language.negotiate(acceptLanguage: request.headers["accept-language"] ?? "")
        return localizers[language] ?? .english
    }

    private func visitName(_ request: HTTPRequest) -> [UInt8]? {
        guard let text = request.cookies[Self.visitCookie],
            let name = bytes(base64URL: text, limit: VisitService.nameLength),
            name.count == VisitService.nameLength
        else { return nil }
        return name
    }

    func cancelVisit(_ context: Context, _ visit: Transaction) throws(StoreError) -> HTTPResponse {
        try services.visits.cancel(visit.id)
        return message(context, context.t("Cancelled"), context.t("Nothing was approved. You can close this page."))
    }

    /// The token of a visit's form that leads to an address.
    func token(_ visit: Transaction, _ action: String) -> FormToken { .visit(visit.id, action, services.keys) }
}
