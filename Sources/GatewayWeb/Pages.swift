import ClaveDomain
public import GatewayServices
import GatewayStore
import Localization
import SecureMemory
public import WebServer

/// Answers browsers: finds the row of an address in the table of routes, reads what the row names, and has its page answer.
public final class Pages: Sendable {
    /// Bytes of a script's body: a piece of a recording, or a word of a call.
    static let maximumPiece = 65_536 + 256
    static let visitCookie = "__Host-clave-visit"
    static let sessionCookie = "__Host-clave-session"
    static let deskCookie = "__Host-clave-desk"
    static let languageCookie = "__Host-clave-language"

    let services: Services
    /// The pages with what the sandbox has sent; nil where there are none.
    let sandbox: SandboxPages?
    let sessions = Sessions()
    let signals = Signals()
    private let localizers: [Language: Localizer]

    /// Of these services.
    ///
    /// - Parameter sandbox: the pages with what the sandbox has sent; nil where there are none.
    public init(services: Services, sandbox: SandboxPages? = nil) {
        self.services = services
        self.sandbox = sandbox
        var localizers: [Language: Localizer] = [:]
        for language in Language.allCases {
            localizers[language] = Localizer(language: language, folder: Localizer.catalogFolder)
        }
        self.localizers = localizers
    }

    /// What the pages read of requests.
    public static var reads: RequestFields { routes.reads }
    /// Bytes of the longest body that a page takes.
    public static var maximumBody: Int { routes.maximumBody }

    /// Answers a browser.
    public func answer(_ asked: HTTPRequest) -> HTTPResponse {
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
            let context = PageContext(
                request: request, t: t, visit: visit, parameters: found?.parameters ?? PathParameters())
            var response = try answer(context, found?.route)
            if let asked = request.query["lang"], let language = Language(rawValue: asked) {
                response.setCookie(Self.languageCookie, language.rawValue)
            }
            return response
        } catch {
            return Page.failure(t, error)
        }
    }

    private func answer(_ context: PageContext, _ route: Route<Handler>?) throws(StoreError) -> HTTPResponse {
        let request = context.request
        guard request.method == "GET" || request.method == "POST" else { return PlainPage(context).wrongMethod() }
        guard request.method == "GET" || !request.isFromElsewhere else { return PlainPage(context).noVisit() }
        guard let route, case .page(let act) = route.handler else { return PlainPage(context).notFound() }
        guard request.body.count <= route.maximumBody else { return .refusal(413) }
        return try act(self, context)
    }

    // MARK: Language and visit

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
}
