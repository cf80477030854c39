import Foundation
import Glibc
import TestSupport

/// A citizen's browser as far as the PIN road needs one: cookies, forms, redirections, no script; made of curl.
final class Citizen {
    private let world: World
    private let jar: String
    private var token = ""

    init(_ world: World) {
        self.world = world
        jar = "\(world.folder)/jar-\(UUID().uuidString.prefix(8))"
    }

    /// Loads a page, or posts a form to it, and follows to where it leads.
    @discardableResult
    func load(_ path: String, _ form: [String: String]? = nil, language: String = "en") -> String {
        var arguments = [
            "-sSL", "--cacert", "\(world.folder)/gateway/ca.crt", "-b", jar, "-c", jar, "-H",
            "Accept-Language: \(language)",
        ]
        if let form {
            arguments += ["--data-urlencode", "form=\(token)"]
            for (name, value) in form { arguments += ["--data-urlencode", "\(name)=\(value)"] }
        }
        let page = world.run("/usr/bin/curl", arguments + [world.origin + path]).output
        if let found = Self.first("name=\"form\" value=\"([^\"]*)\"", in: page) { token = found }
        return page
    }

    /// Goes to the gateway by a procedure's door.
    @discardableResult
    func enter(_ procedure: String = "padro") -> String { load("/procedure/\(procedure)", [:]) }

    /// Asks for a PIN; the page that waits for it.
    @discardableResult
    func askPIN(_ document: String = "12345678Z", _ datum: String = "31-12-2030", permanent: Bool = false) -> String {
        enter()
        load("/gateway/pin")
        load("/gateway/pin/document", ["document": document])
        var form = ["document": document, "datum": datum]
        if permanent { form["permanent"] = "yes" }
        return load("/gateway/pin/request", form)
    }

    /// Asks for an approval by document; the page that waits for it.
    @discardableResult
    func askApproval(_ document: String = "12345678Z", _ datum: String = "31-12-2030") -> String {
        enter()
        load("/gateway/mobile")
        load("/gateway/mobile/document", ["document": document])
        return load("/gateway/mobile/request", ["document": document, "datum": datum])
    }

    /// Types a PIN; the page that follows.
    func type(_ pin: String) -> String { load("/gateway/pin/enter", ["pin": pin]) }

    /// The first group of a pattern.
    static func first(_ pattern: String, in text: String) -> String? {
        guard let expression = try? NSRegularExpression(pattern: pattern),
            let match = expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)),
            let range = Range(match.range(at: 1), in: text)
        else { return nil }
        return String(text[range])
    }

    static func reference(_ page: String) -> String? { first("id=\"reference\">([A-Z2-7]{4})<", in: page) }
    static func title(_ page: String) -> String? { first("<h1>([^<]*)</h1>", in: page) }
}
