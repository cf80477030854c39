import ClaveDomain
import GatewayAPI
import SecureMemory
import Synchronization
import Testing
import WebServer
import Wire

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `A limit of the gateway` {
    private func ask(
        _ sandbox: Sandbox, _ address: String, _ datum: ContrastDatum = Sandbox.wrong,
        at procedure: Procedure = Procedure.samples[0]
    ) throws -> RequestOutcome {
        let visit = try sandbox.visit(procedure, address: address)
        return try sandbox.services.pins.request(visit, Sandbox.document, datum, address: address)
    }

    @Test func `on a document never keeps out its person, who comes from an address of their own`() throws {
        let sandbox = try Sandbox()
        let strangers = (0..<RateLimiter.addressesPerDocument).map { "198.51.100.\($0)" }
        for address in strangers {
            for _ in 0..<10 { #expect(try ask(sandbox, address) == .accepted) }
            #expect(try ask(sandbox, address) == .tooMany(seconds: 600))
        }
        // Now each address has one, whatever the data.
        #expect(try ask(sandbox, "203.0.113.1", Sandbox.datum) == .accepted)
        #expect(try ask(sandbox, "203.0.113.2") == .accepted)
        for address in ["203.0.113.1", "203.0.113.2"] {
            #expect(try ask(sandbox, address, Sandbox.datum) == .tooMany(seconds: 600))
        }
        let pin = try #require(sandbox.telephone.last("PIN [A-Z2-7]{3}"))
        #expect(pin.count == 7)
        sandbox.pass(601)
        for _ in 0..<10 { #expect(try ask(sandbox, "203.0.113.1") == .accepted) }
    }

    @Test func `at the procedures does not close the operators' desk, not even to their own address`() throws {
        let sandbox = try Sandbox()
        let address = "198.51.100.1"
        for _ in 0..<100 { _ = try sandbox.visit(address: address) }
        #expect(try sandbox.services.visits.begin(Procedure.samples[0], address: address) == .tooMany(seconds: 600))
        let visit = try sandbox.visit(.desk, address: address)
        for _ in 0..<10 {
            let other = try sandbox.visit(address: "198.51.100.2")
            _ = try sandbox.services.pins.request(other, Desk.document, Sandbox.wrong, address: address)
        }
        let other = try sandbox.visit(address: "198.51.100.2")
        let refused = try sandbox.services.pins.request(other, Desk.document, Desk.datum, address: address)
        #expect(refused == .tooMany(seconds: 600))
        #expect(try sandbox.services.pins.request(visit, Desk.document, Desk.datum, address: address) == .accepted)
        let pin = try #require(sandbox.telephone.last("PIN [A-Z2-7]{3}")).suffix(3)
        #expect(try sandbox.services.pins.enter(visit, typed: String(pin), address: address) == .entered)
    }

    @Test func `of wrong PINs at the procedures does not close the desk`() throws {
        let sandbox = try Sandbox()
        for _ in 0..<7 {
            let visit = try sandbox.visit()
            _ = try sandbox.services.pins.request(visit, Desk.document, Desk.datum, address: "192.0.2.1")
            for _ in 0..<3 { _ = try sandbox.enter(visit, "not a PIN") }
        }
        sandbox.pass(3600)
        let visit = try sandbox.visit(.desk)
        #expect(try sandbox.services.pins.request(visit, Desk.document, Desk.datum, address: "192.0.2.1") == .accepted)
        let pin = try #require(sandbox.telephone.last("PIN [A-Z2-7]{3}")).suffix(3)
        #expect(try sandbox.enter(visit, String(pin)) == .entered)
    }

    @Test func `counts a customer's whole IPv6 network as one address`() {
        #expect(RateLimiter.network("2001:db8:1:2:3::9") == RateLimiter.network("2001:db8:1:2:ffff::1"))
        #expect(RateLimiter.network("2001:db8:1:2::1") != RateLimiter.network("2001:db8:1:3::1"))
        #expect(RateLimiter.network("192.0.2.1") == "192.0.2.1")
    }

    /// Presses the button for the PIN by SMS once a second; what came of each.
    private func press(_ sandbox: Sandbox, _ datum: ContrastDatum, seconds: Int) throws -> [Bool] {
        let visit = try sandbox.visit()
        try sandbox.askPIN(visit, datum)
        return try (0..<seconds).map { _ in
            sandbox.pass(1)
            let outcome = try sandbox.services.pins.sendBySMS(visit, address: "192.0.2.1")
            guard case .tooMany(let wait) = outcome else { return outcome == .accepted }
            #expect(wait > 0)
            return false
        }
    }

    @Test func `on text messages lets a visit send one a minute, and a person get three an hour`() throws {
        let sandbox = try Sandbox(attempts: 1_000_000)
        var outcomes = [try press(sandbox, Sandbox.datum, seconds: 300)]
        #expect(outcomes[0].count(where: \.self) == 3)
        #expect(outcomes[0].prefix(60).count(where: \.self) == 1)
        #expect(sandbox.telephone.messages.withLock { $0.count } == 3)
        // Other visits with the same data share the hour.
        #expect(try press(sandbox, Sandbox.datum, seconds: 120).count(where: \.self) == 0)
        #expect(sandbox.telephone.messages.withLock { $0.count } == 3)
        // Wrong data get the same answers, and nothing is sent.
        outcomes.append(try press(sandbox, Sandbox.wrong, seconds: 300))
        #expect(outcomes[0] == outcomes[1])
        #expect(sandbox.telephone.messages.withLock { $0.count } == 3)
    }

    // MARK: What strangers write

    private func rows(_ sandbox: Sandbox, _ table: String) throws -> Int64 {
        try sandbox.services.store.read { (database) throws(StoreError) in
            try database.run("SELECT count(*) FROM \(table)")[0].integer(0)
        }
    }

    private func sizes(_ sandbox: Sandbox) throws -> [Int64] {
        try ["acts", "audit", "transactions", "nonces", "errands", "activations"].map { try rows(sandbox, $0) }
    }

    @Test func `on visits is counted before anything is written, and the page says it`() throws {
        let sandbox = try Sandbox()
        let browser = Visitor(sandbox)
        for _ in 0..<100 { #expect(browser.send("POST", "/procedure/padro").status == 303) }
        let before = try sizes(sandbox)
        for _ in 0..<50 { #expect(browser.send("POST", "/procedure/padro").status == 429) }
        #expect(try sizes(sandbox) == before)
        sandbox.pass(601)
        #expect(browser.send("POST", "/procedure/padro").status == 303)
    }

    @Test func `is reached without a row for a device that nobody has activated`() throws {
        let sandbox = try Sandbox()
        let before = try sizes(sandbox)
        for _ in 0..<20 {
            let stranger = TestDevice(sandbox)
            #expect(stranger.status(stranger.call("GET", Push.path)) == 403)
            #expect(stranger.status(stranger.call("POST", Upgrade.path, Accepted().bytes)) == 403)
        }
        #expect(try sizes(sandbox) == before)
    }

    @Test func `on an activation's steps is counted before their nonces are written`() throws {
        let sandbox = try Sandbox(attempts: 2)
        func body() -> SecretBytes {
            var body = SecretWriter()
            body.put("000000")
            return body.finish()
        }
        for _ in 0..<20 {
            let stranger = TestDevice(sandbox)
            stranger.session = randomBytes(GatewayLimits.identifier)
            #expect(try stranger.step("finish", body()).body[0] == 2)
        }
        let before = try sizes(sandbox)
        #expect(before[3] == 20)
        let stranger = TestDevice(sandbox)
        #expect(throws: (any Error).self) { try stranger.step("finish", body()) }
        #expect(try sizes(sandbox) == before)
        stranger.address = "203.0.113.1"
        stranger.session = randomBytes(GatewayLimits.identifier)
        #expect(try stranger.step("finish", body()).body[0] == 2)
    }

    @Test func `that is passed again and again is told once in the audit for each window`() throws {
        let sandbox = try Sandbox(attempts: 1000)
        for _ in 0..<60 { _ = try ask(sandbox, "198.51.100.1") }
        #expect(try sandbox.services.auditLog.newest(limit: 1000).count { $0.outcome == "too many" } == 1)
        let before = try sizes(sandbox)
        let visit = try sandbox.visit(address: "203.0.113.1")
        for _ in 0..<50 {
            _ = try sandbox.services.pins.request(visit, Sandbox.document, Sandbox.wrong, address: "198.51.100.1")
        }
        // One more visit, and what counts it and its address's attempts.
        #expect(try rows(sandbox, "audit") == before[1])
        sandbox.pass(601)
        for _ in 0..<30 { _ = try ask(sandbox, "198.51.100.1") }
        #expect(try sandbox.services.auditLog.newest(limit: 1000).count { $0.outcome == "too many" } == 2)
    }

    @Test func `is not needed where a visit that asked for nothing is cancelled: the audit is silent`() throws {
        let sandbox = try Sandbox()
        let lines = try rows(sandbox, "audit")
        for _ in 0..<5 { try sandbox.services.visits.cancel(try sandbox.visit()) }
        #expect(try rows(sandbox, "audit") == lines)
        let visit = try sandbox.visit()
        try sandbox.askPIN(visit)
        for _ in 0..<5 { try sandbox.services.visits.cancel(visit) }
        #expect(try sandbox.services.auditLog.newest(limit: 100).count { $0.act == "cancel" } == 1)
    }

    @Test func `leaves no count behind when its window is over`() throws {
        let sandbox = try Sandbox()
        for _ in 0..<10 { _ = try ask(sandbox, "198.51.100.1") }
        #expect(try rows(sandbox, "acts") > 0)
        sandbox.pass(3601)
        try sandbox.services.sweeper.sweep()
        #expect(try rows(sandbox, "acts") == 0)
    }
}
