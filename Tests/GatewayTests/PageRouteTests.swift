import Foundation
import SecureMemory
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore
@testable import GatewayWeb

@Suite struct `A page` {
    @Test func `lets in the browser that began the visit, and no other that is given its address`() throws {
        let sandbox = try Sandbox()
        let ours = Visitor(sandbox)
        let code = try ours.loginCode(sandbox)
        let other = Visitor(sandbox)
        other.send("POST", "/procedure/padro")
        #expect(other.send("GET", "/procedure/padro/return", query: ["code": code]).status == 400)
        #expect(other.cookies[Pages.sessionCookie] == nil)
        #expect(ours.send("GET", "/procedure/beca/return", query: ["code": code]).status == 400)
        #expect(ours.send("GET", "/procedure/padro/return", query: ["code": code]).status == 303)
        #expect(ours.send("GET", "/procedure/padro").text.contains("AINA PROVA MOSTRA"))
        // Being let in at one procedure lets nobody in at the next.
        #expect(!ours.send("GET", "/procedure/beca").text.contains("AINA PROVA MOSTRA"))
    }

    @Test func `offers its languages at an address of this site, whatever was asked`() throws {
        let visitor = Visitor(try Sandbox())
        for path in ["//evil.example/procedure", "//procedure/padro", "/%3Ca", "/gateway/pin/enter", "/\"x"] {
            let text = visitor.send("GET", path).text
            #expect(!text.contains("href=\"//"), "\(path)")
            #expect(!text.contains("evil.example"), "\(path)")
        }
        #expect(visitor.send("GET", "//procedure/padro").text.contains("href=\"/procedure/padro?lang=eu\""))
    }

    @Test func `that a form leads to comes back in another language, and by reloading`() throws {
        let visitor = Visitor(try Sandbox())
        visitor.send("POST", "/procedure/padro")
        let text = visitor.send("GET", "/gateway/pin").text
        let token = try #require(text.firstMatch(of: /name="form" value="([^"]*)"/)?.1)
        let next = visitor.send("POST", "/gateway/pin/document", form: "form=\(token)&document=12345678Z")
        #expect(next.status == 200)
        #expect(next.text.contains("href=\"/gateway/pin?lang=ca\""))
        #expect(visitor.send("GET", "/gateway/pin/document").value("location") == "/gateway/pin")
    }

    @Test func `takes no form that another site sends`() throws {
        let visitor = Visitor(try Sandbox())
        for site in ["cross-site", "same-site"] {
            #expect(visitor.send("POST", "/procedure/padro", headers: ["sec-fetch-site": site]).status == 400)
        }
        #expect(visitor.cookies.isEmpty)
        #expect(visitor.send("POST", "/procedure/padro", headers: ["sec-fetch-site": "same-origin"]).status == 303)
        #expect(visitor.send("POST", "/gateway/cancel", form: "form=AAAA").status == 400)
    }

    @Test func `takes the token of one way's form for no other way, nor for cancelling`() throws {
        let visitor = Visitor(try Sandbox())
        visitor.send("POST", "/procedure/padro")
        let pin = try #require(visitor.token(of: "/gateway/pin/document", on: "/gateway/pin"))
        let cancel = try #require(visitor.token(of: "/gateway/cancel", on: "/gateway/pin"))
        #expect(visitor.send("POST", "/gateway/cancel", form: "form=\(pin)").status == 400)
        #expect(visitor.send("POST", "/gateway/mobile/link", form: "form=\(pin)").status == 400)
        #expect(visitor.send("POST", "/gateway/pin/document", form: "form=\(cancel)").status == 400)
        #expect(visitor.send("GET", "/gateway/pin").status == 200)
        #expect(visitor.send("POST", "/gateway/cancel", form: "form=\(cancel)").status == 200)
    }

    @Test func `at a path with other signs than ASCII's is none, however the signs look`() throws {
        let visitor = Visitor(try Sandbox())
        for path in ["/proce\u{301}dure/padro", "/procedure/\u{600}padro", "/procedure/padro\u{200B}", "/\u{FF0F}"] {
            #expect(visitor.send("GET", path).status == 404, "\(path)")
        }
        visitor.cookies = ["a": "b;\u{301}\(Pages.languageCookie)=eu; c=d"]
        #expect(visitor.send("GET", "/").text.contains("<html lang=\"en\">"))
    }

    @Test func `answers HEAD as GET, and other methods with what it allows`() throws {
        let visitor = Visitor(try Sandbox())
        #expect(visitor.send("HEAD", "/").status == 200)
        let refused = visitor.send("DELETE", "/")
        #expect(refused.status == 405)
        #expect(refused.value("allow") == "GET, HEAD, POST")
    }

    @Test func `says that the disk is full, and nothing was changed`() throws {
        let sandbox = try Sandbox()
        let visitor = Visitor(sandbox)
        visitor.send("POST", "/procedure/padro")
        try sandbox.services.store.write { (database) throws(StoreError) in
            _ = try database.run("PRAGMA max_page_count = 1")
        }
        var last = HTTPResponse(type: "", [])
        for _ in 0..<200 where last.status != 503 { last = visitor.send("POST", "/procedure/padro") }
        #expect(last.status == 503)
        #expect(last.text.contains("disk is full"))
    }
}
