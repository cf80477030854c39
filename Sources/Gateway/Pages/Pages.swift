import ClaveDomain
import Localization
import SecureMemory
import Synchronization

/// The pages for people: the sandbox's procedures, and the gateway that they send people to.
final class Pages: Sendable {
    static let visitCookie = "__Host-clave-visit"
    static let sessionCookie = "__Host-clave-session"
    static let languageCookie = "__Host-clave-language"

    let services: GatewayServices
    let outbox: OutboxSender?
    let sessions = Sessions()
    private let localizers: [Language: Localizer]

    init(services: GatewayServices, outbox: OutboxSender?) {
        self.services = services
        self.outbox = outbox
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
    }

    /// Answers a browser.
    func answer(_ request: HTTPRequest) -> HTTPResponse {
        if let asset = asset(request) { return asset }
        let t = localizer(for: request)
        do throws(StoreError) {
            let visit = try visitName(request).flatMap { (name) throws(StoreError) in
                try services.transaction(name)
            }
            let context = Context(request: request, t: t, visit: visit)
            var response = try route(context)
            if let asked = request.query["lang"], let language = Language(rawValue: asked) {
                response.headers.append(("set-cookie", Self.cookie(Self.languageCookie, language.rawValue)))
            }
            return response
        } catch {
            return failure(t, error)
        }
    }

    // MARK: Routes

    private func route(_ context: Context) throws(StoreError) -> HTTPResponse {
        let parts = context.request.path.split(separator: "/").map(String.init)
        switch (context.request.method, parts.first ?? "", parts.count) {
        case ("GET", "", _): return frontPage(context)
        case (_, "procedure", 2...3): return try procedure(context, parts)
        case ("GET", "sandbox", 2) where parts[1] == "outbox": return outboxPage(context)
        case ("GET", "gateway", 2) where parts[1] == "state": return state(context)
        case ("GET", "gateway", 1...2), ("POST", "gateway", 2...3): return try gateway(context, parts)
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
        guard let form = context.request.form, isOurs(form["form"] ?? "", visit) else { return noVisit(context) }
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

    private func asset(_ request: HTTPRequest) -> HTTPResponse? {
        guard request.method == "GET" else { return nil }
        switch request.path {
        case "/assets/style.css": return HTTPResponse(type: "text/css; charset=utf-8", Array(Assets.style.utf8))
        case "/assets/wait.js":
            return HTTPResponse(type: "text/javascript; charset=utf-8", Array(Assets.waitScript.utf8))
        case "/favicon.ico": return HTTPResponse(status: 204, type: "image/x-icon", [])
        default: return nil
        }
    }

    // MARK: Language, cookies, form tokens

    private func localizer(for request: HTTPRequest) -> Localizer {
        let asked = request.query["lang"] ?? request.cookie(Self.languageCookie)
        let language =
            asked.flatMap { Language(rawValue: $0) }
            ?? Language.negotiate(acceptLanguage: request.headers["accept-language"] ?? "")
        return localizers[language] ?? .english
    }

    private func visitName(_ request: HTTPRequest) -> [UInt8]? {
        guard let text = request.cookie(Self.visitCookie),
            let name = bytes(base64URL: text, limit: GatewayServices.transactionLength),
            name.count == GatewayServices.transactionLength
        else { return nil }
        return name
    }

    static func cookie(_ name: String, _ value: String) -> String {
        "\(name)=\(value); Path=/; Secure; HttpOnly; SameSite=Lax"
    }

    /// The token that every form of a visit carries, so that no other site can post in its name.
    func formToken(_ visit: Transaction) -> HTML {
        let token = base64URL(services.keys.digest(visit.id, for: "form", of: []))
        return "<input type=\"hidden\" name=\"form\" value=\"\(token)\">"
    }

    private func isOurs(_ token: String, _ visit: Transaction) -> Bool {
        let right = services.keys.digest(visit.id, for: "form", of: [])
        guard let given = bytes(base64URL: token, limit: right.count) else { return false }
        return constantTimeEqual(unsafe right.span.bytes, unsafe given.span.bytes)
    }
}

/// Who is signed in at the sandbox's procedures; forgotten when the gateway stops.
final class Sessions: Sendable {
    private struct Entry {
        let login: Login
        var seenAt: Int64
    }

    private static let maximumCount = 10_000
    private let entries = Mutex<[String: Entry]>([:])

    /// Signs in; the cookie's value.
    func begin(_ login: Login, now: Int64) -> String {
        let name = base64URL(randomBytes(16))
        entries.withLock { entries in
            if entries.count >= Self.maximumCount { entries.removeAll() }
            entries[name] = Entry(login: login, seenAt: now)
        }
        return name
    }

    /// Who is signed in, unless idle for too long.
    func login(_ name: String, now: Int64) -> Login? {
        entries.withLock { entries in
            guard let entry = entries[name] else { return nil }
            guard now - entry.seenAt <= ClaveRules.sessionIdle.components.seconds else {
                entries[name] = nil
                return nil
            }
            entries[name]?.seenAt = now
            return entry.login
        }
    }

    /// Signs out.
    func end(_ name: String) {
        entries.withLock { $0[name] = nil }
    }
}
