import Foundation
import TestSupport
import WebServer

@testable import Gateway
@testable import GatewayServices

/// A gateway that listens, and curl as its visitor.
final class Listening {
    let sandbox: Sandbox
    let server: GatewayServer
    private let web: HTTPSVisitor
    var origin: String { web.origin }

    init(_ settings: HTTPServer.Settings = HTTPServer.Settings(threads: 2), _ sandbox: Sandbox? = nil) throws {
        self.sandbox = try sandbox ?? Sandbox()
        let tls = try TLSMaterial(folder: self.sandbox.folder, names: ["localhost", "127.0.0.1"])
        server = try GatewayServer(services: self.sandbox.services, tls: tls, settings)
        web = HTTPSVisitor(port: server.port, folder: self.sandbox.folder)
    }

    deinit { server.stop() }

    func curl(_ arguments: String...) throws -> Outcome { web.curl(arguments) }

    /// A visitor who goes on while the test does other things.
    func visitor(_ arguments: [String]) throws -> Child { try web.visit(arguments) }
}
