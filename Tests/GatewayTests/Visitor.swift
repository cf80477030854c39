import ClaveDomain
import Foundation
import SecureMemory
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayWeb

/// The pages as a browser that keeps cookies meets them, without a network.
final class Visitor {
    let pages: Pages
    var cookies: [String: String] = [:]
    /// Where it comes from.
    var address = "192.0.2.1"

    init(_ pages: Pages) { self.pages = pages }
    convenience init(_ sandbox: Sandbox) { self.init(Pages(services: sandbox.services)) }

    @discardableResult
    func send(
        _ method: String, _ path: String, query: [String: String] = [:], form: String = "",
        headers: [String: String] = [:]
    ) -> HTTPResponse {
        var all = headers
        all["cookie"] = cookies.map { "\($0)=\($1)" }.joined(separator: "; ")
        if method == "POST" { all["content-type"] = "application/x-www-form-urlencoded" }
        let response = pages.answer(
            HTTPRequest(
                method: method, path: path, address: address, headers: all, query: query, body: Array(form.utf8)))
        for (name, value) in response.headers where name == "set-cookie" {
            let pair = value.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            cookies[String(pair[0])] = pair.count == 2 ? String(pair[1]) : nil
        }
        return response
    }

    /// Goes by the PIN road up to the login code that leads back to the procedure.
    func loginCode(_ sandbox: Sandbox) throws -> String {
        let place = try #require(try identify(sandbox, at: "/procedure/padro").value("location"))
        return try #require(place.split(separator: "=").last.map(String.init))
    }

    /// Begins a visit and types its PIN, as the person of a document; what the gateway then says.
    @discardableResult
    func identify(
        _ sandbox: Sandbox, at door: String, _ document: NationalDocument = Sandbox.document,
        _ datum: ContrastDatum = Sandbox.datum
    ) throws -> HTTPResponse {
        send("POST", door)
        let visit = try #require(bytes(base64URL: cookies[Pages.visitCookie] ?? "", limit: 16))
        _ = try sandbox.services.pins.request(visit, document, datum, address: "192.0.2.1")
        let pin = String(try #require(sandbox.telephone.last("PIN [A-Z2-7]{3}")).suffix(3))
        #expect(try sandbox.enter(visit, pin) == .entered)
        return send("GET", "/gateway/pin")
    }

    /// Follows a redirection, with its login code.
    func follow(_ response: HTTPResponse) throws -> HTTPResponse {
        let parts = try #require(response.value("location")).split(separator: "?code=").map(String.init)
        return send("GET", parts[0], query: parts.count == 2 ? ["code": parts[1]] : [:])
    }

    /// Sends a form of the page at `path`, with the token that it holds.
    @discardableResult
    func submit(_ action: String, from path: String, _ fields: String = "") throws -> HTTPResponse {
        let token = try #require(self.token(of: action, on: path), "\(path) has no form that leads to \(action)")
        return send("POST", action, form: "form=\(token)&\(fields)")
    }

    /// The token of the form that leads to an address; nil if the page at `path` has none.
    func token(of action: String, on path: String) -> String? {
        let form = /<form method="post" action="([^"]*)">\s*<input type="hidden" name="form" value="([^"]*)">/
        return send("GET", path).text.matches(of: form).first { $0.1 == action }.map { String($0.2) }
    }
}

extension HTTPResponse {
    func value(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    var text: String { String(decoding: body, as: UTF8.self) }
}
