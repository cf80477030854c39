import Foundation
import TestSupport
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices

@Suite struct `The gateway's server` {
    @Test func `has browsers come by TLS only from then on, but not to localhost or an address`() throws {
        for origin in ["https://gateway.example", "https://gateway.example:8443", "https://localhost.example"] {
            #expect(GatewayServer.strictTransport(origin).map(\.value) == ["max-age=31536000"], "\(origin)")
        }
        for origin in [
            "https://localhost:8443", "https://a.localhost", "https://127.0.0.1:8443", "https://192.0.2.1",
            "https://[::1]:1",
        ] { #expect(GatewayServer.strictTransport(origin).isEmpty, "\(origin)") }
        var settings = HTTPServer.Settings(threads: 2)
        settings.headers = GatewayServer.strictTransport("https://gateway.example")
        let listening = try Listening(settings)
        for path in ["/", "/nothing", "/assets/style.css", "/agent/v1/gateway"] {
            let head = try listening.curl("-D", "-", "-o", "/dev/null", listening.origin + path).output
            #expect(head.contains("strict-transport-security: max-age=31536000"), "\(path)")
        }
    }
}
