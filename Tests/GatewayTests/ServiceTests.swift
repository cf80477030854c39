import ClaveDomain
import Foundation
import GatewayAPI
import SecureMemory
import Synchronization
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `A Cl@ve PIN` {
    @Test func `goes to the active device, sealed, and lets in once`() throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        #expect(try device.activate().isGranted)
        let visit = try sandbox.visit()
        #expect(try sandbox.askPIN(visit) == .accepted)
        let pin = try #require(try device.pin())
        #expect(try sandbox.enter(visit, pin) == .entered)
        #expect(try sandbox.enter(visit, pin) == .over)
        // A browser that did not hear of its code gets another, which takes the place of the first.
        guard case .code(let lost) = try sandbox.services.visits.finish(visit),
            case .code(let code) = try sandbox.services.visits.finish(visit)
        else {
            Issue.record("no code")
            return
        }
        #expect(try sandbox.services.visits.redeem(lost, of: visit) == nil)
        #expect(try sandbox.services.visits.redeem(code, of: visit)?.name == "AINA PROVA MOSTRA")
        #expect(try sandbox.services.visits.redeem(code, of: visit) == nil)
        #expect(try sandbox.services.visits.finish(visit) == .gone)
    }

    @Test func `goes by SMS at once where no device is active`() throws {
        let sandbox = try Sandbox()
        let visit = try sandbox.visit()
        try sandbox.askPIN(visit)
        let pin = try #require(sandbox.telephone.last("PIN [A-Z2-7]{3}")).suffix(3)
        #expect(try sandbox.enter(visit, String(pin)) == .entered)
    }

    @Test func `goes by SMS beside a device only after sixty seconds, and the new one voids the old`() throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        _ = try device.activate()
        let visit = try sandbox.visit()
        try sandbox.askPIN(visit)
        let first = try #require(try device.pin())
        #expect(try sandbox.services.pins.sendBySMS(visit, address: "a") == .tooMany(seconds: 60))
        sandbox.pass(60)
        #expect(try sandbox.services.pins.sendBySMS(visit, address: "a") == .accepted)
        let second = String(try #require(sandbox.telephone.last("PIN [A-Z2-7]{3}")).suffix(3))
        if first != second { #expect(try sandbox.enter(visit, first) == .wrong(triesLeft: 2)) }
        #expect(try sandbox.enter(visit, second) == .entered)
    }

    @Test func `dies after ten minutes`() throws {
        let sandbox = try Sandbox()
        let visit = try sandbox.visit()
        try sandbox.askPIN(visit)
        let pin = String(try #require(sandbox.telephone.last("PIN [A-Z2-7]{3}")).suffix(3))
        sandbox.pass(600)
        #expect(try sandbox.enter(visit, pin) == .over)
    }

    @Test func `dies after three wrong tries`() throws {
        let sandbox = try Sandbox()
        let visit = try sandbox.visit()
        try sandbox.askPIN(visit)
        let pin = String(try #require(sandbox.telephone.last("PIN [A-Z2-7]{3}")).suffix(3))
        let wrong = pin == "AAA" ? "BBB" : "AAA"
        #expect(try sandbox.enter(visit, wrong) == .wrong(triesLeft: 2))
        #expect(try sandbox.enter(visit, "not a pin") == .wrong(triesLeft: 1))
        #expect(try sandbox.enter(visit, wrong) == .over)
        #expect(try sandbox.enter(visit, pin) == .over)
    }

    @Test(arguments: [Sandbox.datum, Sandbox.wrong])
    func `of another visit is void when the person asks a new one, and its page is as with wrong data`(
        datum: ContrastDatum
    ) throws {
        let sandbox = try Sandbox()
        let (first, second) = (try sandbox.visit(), try sandbox.visit())
        try sandbox.askPIN(first, datum)
        let old = sandbox.telephone.last("PIN [A-Z2-7]{3}").map { String($0.suffix(3)) }
        #expect((old != nil) == (datum == Sandbox.datum))
        try sandbox.askPIN(second, datum)
        #expect(try sandbox.services.visits.transaction(first)?.state == .waiting)
        #expect(try sandbox.enter(first, old ?? "AAA") == .wrong(triesLeft: 2))
        #expect(try sandbox.services.visits.transaction(first)?.state == .waiting)
    }

    @Test func `is never issued for wrong data, though everything looks the same`() throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        _ = try device.activate()
        let before = sandbox.telephone.messages.withLock { $0.count }
        let visit = try sandbox.visit()
        #expect(try sandbox.askPIN(visit, Sandbox.wrong) == .accepted)
        #expect(try device.pin() == nil)
        #expect(sandbox.telephone.messages.withLock { $0.count } == before)
        #expect(try sandbox.services.visits.transaction(visit)?.code.count == 4)
        #expect(try sandbox.enter(visit, "AAA") == .wrong(triesLeft: 2))
    }

    @Test func `that was shown is pushed no more`() throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        _ = try device.activate()
        try sandbox.askPIN(try sandbox.visit())
        guard case .pin(_, let details) = try #require(try device.events().last).event else { return }
        let body = PINShown(identifier: details.identifier).bytes
        #expect(device.status(device.call("POST", PINShown.path, body)) == 200)
        #expect(try device.pin() == nil)
    }
}

@Suite struct `An activation by SMS` {
    @Test func `needs the code: five wrong ones void it`() throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        let code = { sandbox.telephone.last("[0-9]{6}") ?? "" }
        #expect(try device.activate(code: "000000").outcome == (code() == "000000" ? 0 : 1))
        for _ in 0..<3 { #expect(try device.finish("000000").outcome == 1) }
        #expect(try device.finish("000000").outcome == 2)
        #expect(try device.finish(code()) == (2, false))
    }

    @Test func `has a code of ten minutes, voided by a newer one`() throws {
        let sandbox = try Sandbox()
        let (first, second) = (TestDevice(sandbox), TestDevice(sandbox))
        _ = try first.activate(code: "x00000")
        let old = try #require(sandbox.telephone.last("[0-9]{6}"))
        _ = try second.activate(code: "x00000")
        #expect(try first.finish(old).isGranted == false)
        sandbox.pass(601)
        #expect(try second.finish(try #require(sandbox.telephone.last("[0-9]{6}"))).isGranted == false)
    }

    @Test func `sends three messages an hour, and says nothing of it`() throws {
        let sandbox = try Sandbox()
        for _ in 0..<5 { _ = try TestDevice(sandbox).activate(code: "x00000") }
        #expect(sandbox.telephone.messages.withLock { $0.count } == 3)
    }

    @Test func `ends the person's former device, and tells it`() throws {
        let sandbox = try Sandbox()
        let (first, second) = (TestDevice(sandbox), TestDevice(sandbox))
        _ = try first.activate()
        #expect(try second.activate().isGranted)
        #expect(first.status(first.call("POST", PINShown.path, PINShown(identifier: [UInt8](0..<16)).bytes)) == 403)
        try sandbox.askPIN(try sandbox.visit())
        #expect(try second.pin() != nil)
    }
}

@Suite struct `The interface for agents` {
    @Test func `refuses a replayed request, also after a restart`() throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        _ = try device.activate()
        let nonce = randomBytes(16)
        let body = PINShown(identifier: [UInt8](0..<16)).bytes
        #expect(device.status(device.call("POST", PINShown.path, body, nonce: nonce)) == 200)
        #expect(device.status(device.call("POST", PINShown.path, body, nonce: nonce)) == 401)
    }

    @Test(arguments: [-301, 301, -100_000] as [Int64])
    func `refuses a request of another time`(skew: Int64) throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        _ = try device.activate()
        #expect(device.status(device.call("POST", PINShown.path, [], skew: skew)) == 401)
    }

    @Test func `knows no device that was not activated`() throws {
        let device = TestDevice(try Sandbox())
        #expect(device.status(device.call("GET", Push.path)) == 403)
        #expect(device.status(device.call("POST", MobileClaim.path, MobileClaim(token: [UInt8](0..<16)).bytes)) == 403)
    }

    @Test(arguments: [PINShown.path, MobileAnswer.path, MobileClaim.path])
    func `refuses a body that is not what the path takes`(path: String) throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        _ = try device.activate()
        #expect(device.status(device.call("POST", path, [1, 2, 3])) == 400)
        #expect(device.status(device.call("POST", "/agent/v1/nothing", [])) == 404)
    }
}
