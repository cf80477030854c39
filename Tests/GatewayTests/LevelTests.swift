import ClaveDomain
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore
@testable import GatewayWeb

@Suite struct `A procedure for the advanced level` {
    @Test func `says so before anybody identifies themselves, and the others don't`() throws {
        let browser = Visitor(try Sandbox())
        let words = "Needs advanced registration"
        #expect(browser.send("GET", "/").text.contains(words))
        #expect(browser.send("GET", "/procedure/historia").text.contains(words))
        #expect(!browser.send("GET", "/procedure/padro").text.contains(words))
        browser.send("POST", "/procedure/historia")
        #expect(browser.send("GET", "/gateway").text.contains(words))
        browser.send("POST", "/procedure/padro")
        #expect(!browser.send("GET", "/gateway").text.contains(words))
    }

    @Test func `lets in who is registered at that level`() throws {
        let sandbox = try Sandbox()
        let browser = Visitor(sandbox)
        let back = try browser.follow(
            try browser.identify(sandbox, at: "/procedure/historia", Desk.document, Desk.datum))
        #expect(back.status == 303)
        #expect(browser.send("GET", "/procedure/historia").text.contains("BRUNO EJEMPLO FICTICIO"))
    }

    @Test func `learns nothing about who is not, and lets them in once they are`() throws {
        let sandbox = try Sandbox()
        let browser = Visitor(sandbox)
        let page = try browser.identify(sandbox, at: "/procedure/historia")
        #expect(page.status == 403 && page.value("location") == nil)
        #expect(page.text.contains("clave-register certificate") && page.text.contains("clave-register dnie"))
        let logins = try sandbox.services.store.read { (database) throws(StoreError) in
            try database.run("SELECT count(*) FROM transactions WHERE login IS NOT NULL")[0].integer(0)
        }
        #expect(logins == 0)
        #expect(!browser.send("GET", "/procedure/historia").text.contains("AINA"))
        try setLevel(.advanced, sandbox)
        #expect(try browser.follow(browser.send("GET", "/gateway/pin")).status == 303)
        #expect(browser.send("GET", "/procedure/historia").text.contains("AINA PROVA MOSTRA"))
    }

    @Test func `refuses a login code of somebody who has lost the level meanwhile`() throws {
        let sandbox = try Sandbox()
        try setLevel(.advanced, sandbox)
        let browser = Visitor(sandbox)
        let road = try browser.identify(sandbox, at: "/procedure/historia")
        #expect(road.status == 303)
        try setLevel(.basic, sandbox)
        #expect(try browser.follow(road).status == 400)
        #expect(browser.cookies[Pages.sessionCookie] == nil)
    }

    private func setLevel(_ level: RegistrationLevel, _ sandbox: Sandbox) throws {
        try sandbox.services.store.write { (database) throws(StoreError) in
            _ = try database.run(
                "UPDATE citizens SET level = ? WHERE document = ?", .integer(Int64(level.rawValue)),
                .text(Sandbox.document.text))
        }
    }
}
