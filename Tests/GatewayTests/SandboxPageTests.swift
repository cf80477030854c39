import ClaveDomain
import Foundation
import SecureMemory
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayWeb

@Suite struct `The pages with what the sandbox has sent` {
    private func pages() throws -> (own: SandboxPages, visitor: Visitor) {
        let sandbox = try Sandbox()
        let outbox = OutboxSender(folder: sandbox.folder + "/outbox")
        try outbox.send("PIN ABC", to: .init(parsing: "600000001"))
        let own = SandboxPages(outbox: outbox, mail: OutboxMailer(folder: sandbox.folder + "/mail"))
        let visitor = Visitor(Pages(services: sandbox.services, sandbox: own))
        visitor.address = "127.0.0.1"
        return (own, visitor)
    }

    @Test func `open to who has the address that serve prints, and to no other user of the machine`() throws {
        let (own, visitor) = try pages()
        for path in ["/sandbox/outbox", "/sandbox/mail"] {
            let closed = visitor.send("GET", path)
            #expect(closed.status == 403 && !closed.text.contains("PIN ABC"))
            for token in ["", "AAAA", String(own.token.dropLast()), own.token + "A"] {
                #expect(visitor.send("GET", path, query: ["token": token]).status == 403)
            }
        }
        #expect(!visitor.send("GET", "/").text.contains("/sandbox/"))
        #expect(visitor.cookies.isEmpty)
        #expect(own.address("https://localhost:8443") == "https://localhost:8443/sandbox/outbox?token=\(own.token)")
        let entered = visitor.send("GET", "/sandbox/outbox", query: ["token": own.token])
        #expect(entered.value("location") == "/sandbox/outbox")
        #expect(visitor.send("GET", "/sandbox/outbox").text.contains("PIN ABC"))
        #expect(visitor.send("GET", "/sandbox/mail").status == 200)
        let front = visitor.send("GET", "/").text
        #expect(front.contains("href=\"/sandbox/outbox\"") && front.contains("href=\"/sandbox/mail\""))
    }

    @Test func `open to no browser of another machine, whatever it knows`() throws {
        let (own, visitor) = try pages()
        visitor.cookies[SandboxPages.cookie] = own.token
        for address in ["192.0.2.1", "10.0.0.1", "1127.0.0.1", "2001:db8::/64"] {
            visitor.address = address
            #expect(visitor.send("GET", "/sandbox/outbox").status == 403, "\(address)")
            #expect(visitor.send("GET", "/sandbox/outbox", query: ["token": own.token]).status == 403, "\(address)")
        }
        visitor.address = "127.1.2.3"
        #expect(visitor.send("GET", "/sandbox/outbox").status == 200)
    }

    @Test func `are not there at another address than this machine's own, nor where they are not wanted`() throws {
        for (arguments, address, has) in [
            ([], "127.0.0.1", true), ([], "127.0.0.2", true), ([], "0.0.0.0", false), ([], "192.0.2.1", false),
            (["--no-sandbox-pages"], "127.0.0.1", false),
        ] {
            let options = try GatewayOptions(["serve"] + arguments)
            #expect((options.sandboxPages(address) != nil) == has, "\(arguments) \(address)")
        }
        let modem = try GatewayOptions(["serve", "--sms", "gammu"])
        let own = try #require(modem.sandboxPages("127.0.0.1"))
        #expect(
            own.outbox == nil && own.mail != nil && own.address("https://a").hasPrefix("https://a/sandbox/mail?token="))
        let other = try #require(modem.sandboxPages("127.0.0.1"))
        #expect(own.token != other.token && bytes(base64URL: own.token, limit: 16)?.count == 16)
    }
}
