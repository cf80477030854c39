import ClaveDomain
import GatewayStore
import Localization
import SecureMemory
import WebServer

/// The pages for people: the sandbox's procedures, and the gateway that they send people to.
final class Pages: Sendable {
    static let visitCookie = "__Host-clave-visit"
    static let sessionCookie = "__Host-clave-session"
    static let languageCookie = "__Host-clave-language"

    let services: GatewayServices
    /// The pages with what the sandbox has sent; nil where there are none.
    let sandbox: SandboxPages?
    let sessions = Sessions()
    let signals = Signals()
    private let localizers: [Language: Localizer]

    init(services: GatewayServices, sandbox: SandboxPages? = nil) {
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
        let visit: Transaction?

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
        if request.method == "GET", let asset = Asset.all.first(where: { $0.path == request.path }) {
            return asset.response
        }
        let t = localizer(for: request)
        do throws(StoreError) {
            let visit = try visitName(request).flatMap { (name) throws(StoreError) in
                try services.transaction(name)
            }
            let context = Context(request: request, t: t, visit: visit)
            var response = try route(context)
            if let asked = request.query["lang"], let language = Language(rawValue: asked) {
                response.setCookie(Self.languageCookie, language.rawValue)
            }
            return response
        } catch {
            return failure(t, error)
        }
    }

    // MARK: Routes

    private func route(_ context: Context) throws(StoreError) -> HTTPResponse {
        let parts = context.request.parts
        let method = context.request.method
        guard method == "GET" || method == "POST" else { return wrongMethod(context) }
        guard method == "GET" || !context.request.isFromElsewhere else { return noVisit(context) }
        switch (method, parts.first ?? "", parts.count) {
        case ("GET", "", _): return frontPage(context)
        case (_, "procedure", 2...3): return try procedure(context, parts)
        case (_, "desk", 1...4): return try desk(context, parts)
        case (_, "call", 2...3): return try call(context, parts)
        case (_, "email", 2): return try email(context, parts[1])
        case ("GET", "sandbox", 2): return sandboxPage(context, parts[1])
        case ("GET", "gateway", 2) where parts[1] == "state": return state(context)
        case ("GET", "gateway", 1...2), ("POST", "gateway", 2...3): return try gateway(context, parts)
        // A form's address, opened by itself: back to the step that it belongs to.
        case ("GET", "gateway", 3): return .redirect(to: context.path)
        default: return notFound(context)
        }
    }

    private func gateway(_ context: Context, _ parts: [String]) throws(StoreError) -> HTTPResponse {
        guard let visit = context.visit else { return noVisit(context) }
        let step = parts.dropFirst().joined(separator: "/")
        if context.request.method == "GET" {
            switch step {
            case "": return choicePage(context)
            case "pin": return try pinPage(context, visit)
            case "mobile": return try mobilePage(context, visit)
            default: return notFound(context)
            }
        }
        guard let form = context.request.form, token(visit, context.request.path).isIn(form)
        else { return noVisit(context) }
        switch step {
        case "pin/document": return documentStep(context, form, .pin)
        case "pin/request": return try datumStep(context, visit, form, .pin)
        case "pin/enter": return try enterPIN(context, visit, form)
        case "pin/sms": return try sendSMS(context, visit)
        case "mobile/link": return try beginLink(context, visit)
        case "mobile/document": return documentStep(context, form, .mobile)
        case "mobile/request": return try datumStep(context, visit, form, .mobile)
        case "cancel":
            try services.cancel(visit.id)
            return message(context, context.t("Cancelled"), context.t("Nothing was approved. You can close this page."))
        default: return notFound(context)
        }
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
            let name = bytes(base64URL: text, limit: GatewayServices.transactionLength),
            name.count == GatewayServices.transactionLength
        else { return nil }
        return name
    }

    /// The token of a visit's form that leads to an address.
    func token(_ visit: Transaction, _ action: String) -> FormToken { .visit(visit.id, action, services.keys) }
}
