import ClaveDomain
import Foundation
import GatewayAPI
import SecureMemory
import Synchronization
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `Cl@ve Mòbil` {
    private func details(_ device: TestDevice) throws -> RequestDetails? {
        for push in try device.events().reversed() { if case .mobile(let details) = push.event { return details } }
        return nil
    }

    private func ask(_ sandbox: Sandbox, _ visit: [UInt8]) throws {
        _ = try sandbox.services.approvals.request(visit, Sandbox.document, Sandbox.datum, address: "a")
    }

    /// A person's device with one request pending, and the visit of its page.
    private func pending() throws -> (Sandbox, TestDevice, visit: [UInt8], RequestDetails) {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        _ = try device.activate()
        let visit = try sandbox.visit()
        try ask(sandbox, visit)
        return (sandbox, device, visit, try #require(try details(device)))
    }

    private func answer(_ device: TestDevice, _ details: RequestDetails, _ approve: Bool, code: String? = nil) -> UInt32
    {
        let answer = MobileAnswer(identifier: details.identifier, approve: approve, code: code ?? details.code)
        return device.status(device.call("POST", MobileAnswer.path, answer.bytes))
    }

    @Test func `is approved once, in time, with the code that the page shows`() throws {
        let (sandbox, device, visit, details) = try pending()
        #expect(try sandbox.services.visits.transaction(visit)?.code == details.code)
        #expect(answer(device, details, true, code: details.code == "AAA" ? "BBB" : "AAA") == 400)
        #expect(answer(device, details, true) == 200)
        #expect(answer(device, details, false) == 409)
        #expect(try sandbox.services.visits.transaction(visit)?.state == .approved)
    }

    @Test func `expires after five minutes`() throws {
        let (sandbox, device, visit, details) = try pending()
        sandbox.pass(300)
        #expect(answer(device, details, true) == 410)
        #expect(try sandbox.services.visits.transaction(visit)?.state == .expired)
    }

    @Test func `has one request pending for a person; another visit waits for nothing`() throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        _ = try device.activate()
        let (first, second) = (try sandbox.visit(), try sandbox.visit())
        try ask(sandbox, first)
        let pending = try #require(try details(device))
        try ask(sandbox, second)
        #expect(try details(device)?.identifier == pending.identifier)
        #expect(answer(device, pending, false) == 200)
        #expect(try sandbox.services.visits.transaction(second)?.state == .waiting)
    }

    @Test func `by link belongs to whoever claims it first`() throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        _ = try device.activate()
        let visit = try sandbox.visit()
        let link = try #require(try sandbox.services.approvals.requestLink(visit, address: "a"))
        let claim = MobileClaim(token: link.token).bytes
        #expect(device.status(device.call("POST", MobileClaim.path, claim)) == 200)
        #expect(device.status(device.call("POST", MobileClaim.path, claim)) == 409)
        #expect(device.status(device.call("POST", MobileClaim.path, MobileClaim(token: randomBytes(16)).bytes)) == 404)
    }

    @Test func `that is cancelled in the page is withdrawn from the agent`() throws {
        let (sandbox, device, visit, details) = try pending()
        try sandbox.services.visits.cancel(visit)
        guard case .withdrawn(details.identifier) = try #require(try device.events().last).event else {
            Issue.record("it was not withdrawn")
            return
        }
        #expect(answer(device, details, true) == 409)
    }
}

@Suite struct `The gateway's store` {
    @Test func `keeps no PIN, code or cookie`() throws {
        let sandbox = try Sandbox()
        let visit = try sandbox.visit()
        try sandbox.askPIN(visit)
        let bytes = try Data(contentsOf: URL(filePath: sandbox.folder + "/gateway.sqlite-wal"))
        #expect(bytes.range(of: Data(visit)) == nil)
        _ = try TestDevice(sandbox).activate(code: "x00000")
        let code = try #require(sandbox.telephone.last("[0-9]{6}"))
        let after = try Data(contentsOf: URL(filePath: sandbox.folder + "/gateway.sqlite-wal"))
        #expect(after.range(of: Data(code.utf8)) == nil)
    }

    @Test func `has an audit that can only grow`() throws {
        let sandbox = try Sandbox()
        for sql in ["DELETE FROM audit", "UPDATE audit SET outcome = 'x'"] {
            #expect(throws: StoreError.self) {
                try sandbox.services.store.write { (database) throws(StoreError) in _ = try database.run(sql) }
            }
        }
        #expect(try sandbox.services.auditLog.newest(limit: 100).count == 9)
    }

    @Test func `undoes a write that fails, and only that one, though they are committed together`() throws {
        let store = try Sandbox().services.store
        DispatchQueue.concurrentPerform(iterations: 40) { index in
            _ = try? store.write { (database) throws(StoreError) in
                try database.run("INSERT INTO acts (subject, at) VALUES (?, ?)", .blob([UInt8(index)]), .integer(1))
                if index.isMultiple(of: 2) { throw StoreError(code: 1, "no") }
            }
        }
        let count = try store.read { (database) throws(StoreError) in
            try database.run("SELECT count(*) FROM acts")[0].integer(0)
        }
        #expect(count == 20)
    }

    @Test func `gives a phone to one person only`() throws {
        let sandbox = try Sandbox()
        #expect(throws: StoreError.self) {
            try sandbox.services.records.add(
                try NationalDocument(parsing: "87654321X"),
                name: FullName(given: try PersonName(parsing: "ANA"), surname: try PersonName(parsing: "OTRA")),
                level: .basic, datum: Sandbox.datum, phone: try PhoneNumber(parsing: "+34600000001"))
        }
    }
}
