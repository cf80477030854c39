import ClaveDomain
import SecureMemory
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore
@testable import GatewayWeb

/// A made-up advanced person of the sandbox who is an operator, and their browser.
struct Desk {
    let sandbox: Sandbox
    let browser: Visitor
    static let document = try! NationalDocument(parsing: "00000000T")
    static let datum = try! ContrastDatum(kindName: "validity", canonicalText: "15-06-2031")

    /// - Parameter entered: whether the operator has signed in.
    init(_ sandbox: Sandbox? = nil, entered: Bool = true) throws {
        self.sandbox = try sandbox ?? Sandbox()
        browser = Visitor(self.sandbox)
        #expect(try self.sandbox.services.operators.set(Self.document, true) == .done)
        if entered { try enter() }
    }

    func enter() throws {
        let back = try browser.follow(try browser.identify(sandbox, at: "/desk", Self.document, Self.datum))
        #expect(back.value("location") == "/desk")
        #expect(try isIn())
    }

    /// The token of this session's form that leads to an address, on whatever page.
    func token(of action: String) -> String {
        let session = browser.cookies[Pages.deskCookie] ?? ""
        return base64URL(
            sandbox.services.keys.digest(Array(session.utf8), for: "desk form", of: Array(action.utf8)))
    }

    /// Whether the browser sees the desk.
    func isIn() throws -> Bool { browser.send("GET", "/desk").text.contains("BRUNO EJEMPLO FICTICIO") }
}

@Suite struct `The desk` {
    @Test func `stays open to who is at it while ten thousand others come`() throws {
        let sandbox = try Sandbox()
        let person = try #require(try sandbox.services.queries.file(of: Desk.document)?.person)
        let login = Login(
            citizen: person.id, name: person.name, document: person.document, level: .advanced, method: .pin)
        let sessions = Sessions()
        let first = sessions.begin(login, at: .desk, now: 1000)
        let idle = sessions.begin(login, at: .desk, now: 1000)
        for number in 0..<Int64(Sessions.maximumCount) {
            _ = sessions.begin(login, at: Procedure.samples[0], now: 1001 + number / 100)
            if number % 1000 == 0 { #expect(sessions.login(first, at: .desk, now: 1001 + number / 100) != nil) }
        }
        #expect(sessions.login(first, at: .desk, now: 1101) != nil)
        #expect(sessions.login(idle, at: .desk, now: 1101) == nil)
    }

    @Test func `shows who isn't signed in one button, at every address and for every method`() throws {
        let desk = try Desk(entered: false)
        let door = desk.browser.send("GET", "/desk").text
        #expect(door.contains("action=\"/desk\""))
        for path in ["/desk/citizen/1", "/desk/audit", "/desk/nonsense", "/desk/leave"] {
            let page = desk.browser.send("GET", path)
            #expect(page.status == 200 && page.text == door, "\(path)")
            #expect(desk.browser.send("POST", path, form: "form=AAAA").status == 403, "\(path)")
        }
    }

    @Test func `is entered by an operator, and left by a form of theirs`() throws {
        let desk = try Desk()
        #expect(desk.browser.send("POST", "/desk/leave", form: "form=AAAA").status == 403)
        #expect(desk.browser.send("POST", "/desk/leave", form: "").status == 403)
        #expect(try desk.isIn())
        #expect(try desk.browser.submit("/desk/leave", from: "/desk").status == 303)
        #expect(try !desk.isIn())
    }

    @Test func `takes no form of another operator's session, nor one that another site sends`() throws {
        let desk = try Desk()
        let other = try Desk(desk.sandbox)
        let token = try #require(other.browser.token(of: "/desk/leave", on: "/desk"))
        #expect(desk.browser.send("POST", "/desk/leave", form: "form=\(token)").status == 403)
        let foreign = other.browser.send(
            "POST", "/desk/leave", form: "form=\(token)", headers: ["sec-fetch-site": "cross-site"])
        #expect(foreign.status == 400)
        #expect(try desk.isIn() && other.isIn())
    }

    @Test func `takes the token of a form at that form's address alone`() throws {
        let desk = try Desk()
        let pages = ["/desk/citizen/1", "/desk/citizen/1/remove", "/desk/people/add", "/desk/letters"]
        let form = /<form method="post" action="([^"]*)">\s*<input type="hidden" name="form" value="([^"]*)">/
        let forms = pages.flatMap { desk.browser.send("GET", $0).text.matches(of: form) }
            .map { (action: String($0.1), token: String($0.2)) }
        #expect(Set(forms.map(\.action)).count == 6)
        let before = try desk.sandbox.services.queries.file(id: 1)?.person
        for one in forms {
            for other in forms where other.action != one.action {
                let sent = desk.browser.send(
                    "POST", other.action, form: "form=\(one.token)&document=12345678Z&version=1&level=advanced")
                #expect(sent.status == 403, "the token of \(one.action) at \(other.action)")
            }
        }
        let slashes = forms.first { $0.action == "/desk/citizen/1/renew" }
        let doubled = desk.browser.send("POST", "/desk//citizen/1/renew", form: "form=\(slashes?.token ?? "")")
        #expect(doubled.status == 403)
        #expect(try desk.sandbox.services.queries.file(id: 1)?.person == before && desk.isIn())
        // The script's uploads have a token of their page's own.
        for (token, status) in [("/desk/leave", UInt32(403)), ("/desk/calls/8", 403), ("/desk/calls/7", 409)] {
            let sent = desk.browser.send(
                "POST", "/desk/calls/7/signal", headers: ["x-clave-form": desk.token(of: token)])
            #expect(sent.status == status, "\(token)")
        }
    }

    @Test func `lets in nobody else, and no login of another procedure`() throws {
        let desk = try Desk(entered: false)
        let advanced = try NationalDocument(parsing: "99999972C")
        let datum = try ContrastDatum(kindName: "validity", canonicalText: "28-02-2032")
        let refused = try desk.browser.follow(try desk.browser.identify(desk.sandbox, at: "/desk", advanced, datum))
        #expect(refused.status == 403 && refused.text.contains("not an operator"))
        #expect(desk.browser.cookies[Pages.deskCookie] == nil)
        let operatorElsewhere = Visitor(desk.sandbox)
        _ = try operatorElsewhere.follow(
            try operatorElsewhere.identify(desk.sandbox, at: "/procedure/padro", Desk.document, Desk.datum))
        operatorElsewhere.cookies[Pages.deskCookie] = operatorElsewhere.cookies[Pages.sessionCookie]
        #expect(!operatorElsewhere.send("GET", "/desk").text.contains("BRUNO"))
    }

    @Test func `closes at once for who is removed or loses the level, and to who is idle for long`() throws {
        let desk = try Desk()
        #expect(try desk.sandbox.services.operators.set(Desk.document, false) == .done)
        #expect(try !desk.isIn())
        #expect(try desk.sandbox.services.operators.set(Desk.document, true) == .done)
        #expect(try desk.isIn())
        try desk.sandbox.services.store.write { (database) throws(StoreError) in
            _ = try database.run("UPDATE citizens SET level = 1 WHERE document = '00000000T'")
        }
        #expect(try !desk.isIn())
        try desk.sandbox.services.store.write { (database) throws(StoreError) in
            _ = try database.run("UPDATE citizens SET level = 2 WHERE document = '00000000T'")
        }
        #expect(try desk.isIn())
        desk.sandbox.pass(ClaveRules.sessionIdle.components.seconds + 1)
        #expect(try !desk.isIn())
    }

    @Test func `closes after twelve hours, whatever is asked meanwhile`() throws {
        let desk = try Desk()
        for _ in 0..<(12 * 6 - 1) {
            desk.sandbox.pass(600)
            #expect(try desk.isIn())
        }
        desk.sandbox.pass(600)
        #expect(try !desk.isIn())
        try desk.enter()
    }

    @Test func `is for registered people of the advanced level`() throws {
        let sandbox = try Sandbox()
        #expect(try sandbox.services.operators.set(Sandbox.document, true) == .levelTooLow)
        #expect(try sandbox.services.operators.set(try NationalDocument(parsing: "20000002F"), true) == .notRegistered)
        let browser = Visitor(sandbox)
        let page = try browser.identify(sandbox, at: "/desk")
        #expect(page.status == 403 && page.text.contains("clave-register"))
        #expect(try sandbox.services.operators.all().isEmpty)
    }

    @Test func `is none of the sample procedures`() throws {
        let browser = Visitor(try Sandbox())
        #expect(browser.send("GET", "/procedure/desk").status == 404)
        #expect(browser.send("POST", "/procedure/desk").status == 404)
        #expect(!browser.send("GET", "/").text.contains("desk"))
    }
}
