import Foundation
import TestSupport
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `A trusted proxy of the gateway's` {
    @Test func `has each of its people counted by their own address`() throws {
        var settings = HTTPServer.Settings(threads: 2)
        func address(_ listening: Listening) throws -> String? {
            _ = try listening.curl(
                "-o", "/dev/null", "-X", "POST", "-H", "X-Forwarded-For: 203.0.113.9", "-H",
                "X-Forwarded-For: 192.0.2.77", "-c", listening.sandbox.folder + "/jar",
                listening.origin + "/procedure/padro")
            let page = try listening.curl("-b", listening.sandbox.folder + "/jar", listening.origin + "/gateway/pin")
                .output
            let token = page.firstMatch(of: /name="form" value="([^"]*)"/)?.1 ?? ""
            _ = try listening.curl(
                "-o", "/dev/null", "-b", listening.sandbox.folder + "/jar", "-H", "X-Forwarded-For: 192.0.2.77", "-d",
                "form=\(token)&document=12345678Z&datum=31-12-2030", listening.origin + "/gateway/pin/request")
            return try listening.sandbox.services.auditLog.newest(limit: 100).last { !$0.address.isEmpty }?.address
        }
        #expect(try address(try Listening(settings)) == "127.0.0.1")
        settings.proxies = try TrustedProxies(parsing: "127.0.0.1")
        #expect(try address(try Listening(settings)) == "192.0.2.77")
    }
}
