import GatewayServices
import Localization
import WebServer

/// A form's fields, by their names.
typealias Form = [String: String]

/// One request on its way through the pages.
struct PageContext {
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
        case "desk": return Self.deskPath(all)
        case "call" where all.count > 1 && VideoCallPage.token(all[1]) != nil: return "/call/\(all[1])"
        case "email" where all.count == 2 && EmailPage.token(all[1]) != nil: return "/email/\(all[1])"
        default: return ownPath
        }
    }

    /// The address that was asked for, as the table of routes writes it, where a page is there and no part is a name's; else
    /// the front page.
    private var ownPath: String {
        guard let route = Pages.routes.match("GET", path: request.path)?.route, case .page = route.handler,
            route.pattern.isFixed
        else { return "/" }
        return route.pattern.description
    }

    /// The page to come back to in another language, below `/desk`: where a form led to, the page that it belongs to.
    private static func deskPath(_ parts: [String]) -> String {
        guard parts.allSatisfy({ $0.utf8.allSatisfy { isPlain($0) } }) else { return "/desk" }
        let hasSubject = parts.count > 2 && ["citizen", "calls", "reviews"].contains(parts[1])
        if hasSubject { return "/" + parts.prefix(parts.last == "remove" ? 4 : 3).joined(separator: "/") }
        return "/" + parts.prefix(parts.last == "add" ? 3 : 2).joined(separator: "/")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
