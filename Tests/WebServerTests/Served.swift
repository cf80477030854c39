import Foundation
import TestSupport

@testable import WebServer

/// A server that listens, with a few pages of its own, and its visitor.
final class Served {
    static let maximumBody = 65_792

    let folder = NSTemporaryDirectory() + "clave-web-" + UUID().uuidString
    let server: HTTPServer
    private let web: HTTPSVisitor
    var origin: String { web.origin }

    /// - Parameter answer: in place of the pages.
    init(
        _ settings: HTTPServer.Settings = HTTPServer.Settings(threads: 2),
        _ answer: @escaping @Sendable (HTTPRequest) -> HTTPServer.Outcome = { .response(Served.page($0)) }
    ) throws {
        var settings = settings
        settings.maximumBody = Self.maximumBody
        settings.reads = RequestFields.forms.union(
            RequestFields(headers: ["cookie"], lists: ["accept-language"], arguments: ["lang"]))
        let tls = try TLSMaterial(folder: folder, names: ["localhost", "127.0.0.1"], authority: "Authority")
        server = try HTTPServer(settings, tls: tls, handler: answer)
        web = HTTPSVisitor(port: server.port, folder: folder)
    }

    deinit { server.stop() }

    func curl(_ arguments: String...) throws -> Outcome { web.curl(arguments) }
    func visit(_ arguments: [String], output: String = "/dev/null") throws -> Child {
        try web.visit(arguments, output: output)
    }
    func raw(_ text: String) throws -> String { try web.raw(text) }
    func shell(_ script: String) -> Outcome { web.shell(script) }

    /// The front page says what was asked; forms lead nowhere.
    private static func page(_ request: HTTPRequest) -> HTTPResponse {
        switch (request.method, request.path) {
        case ("GET", "/"), ("HEAD", "/"):
            let words = "prefers \(request.headers["accept-language"] ?? "") asks \(request.query["lang"] ?? "")\n"
            return HTTPResponse(type: "text/plain", Array(words.utf8))
        case ("GET", "/favicon.ico"): return HTTPResponse(status: 204, type: "image/x-icon", [])
        default: return HTTPResponse(status: 404, type: "text/plain", Array("nothing here\n".utf8))
        }
    }
}
