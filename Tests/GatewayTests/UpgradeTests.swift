import ClaveDomain
import GatewayAPI
import SecureMemory
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `A device of Cl@ve PIN` {
    private func device(_ sandbox: Sandbox) throws -> TestDevice {
        let device = TestDevice(sandbox)
        _ = try device.activate()
        try sandbox.services.store.write { (database) throws(StoreError) in
            _ = try database.run("UPDATE devices SET takes_pins_only = 1")
        }
        return device
    }

    private func kinds(_ device: TestDevice) throws -> [String] {
        try device.events().map { push in
            switch push.event {
            case .pin: "pin"
            case .mobile: "mobile"
            case .withdrawn: "withdrawn"
            case .deactivated: "deactivated"
            }
        }
    }

    @Test func `gets PINs, and requests only when it was upgraded`() throws {
        let sandbox = try Sandbox()
        let device = try device(sandbox)
        try sandbox.askPIN(try sandbox.visit())
        _ = try sandbox.services.approvals.request(
            try sandbox.visit(), Sandbox.document, Sandbox.datum, address: "192.0.2.1")
        #expect(try kinds(device) == ["pin"])
        let link = try #require(try sandbox.services.approvals.requestLink(try sandbox.visit(), address: "192.0.2.1"))
        let claim = MobileClaim(token: link.token).bytes
        #expect(device.status(device.call("POST", MobileClaim.path, claim)) == 404)
        // Twice is as good as once.
        for _ in 0..<2 { #expect(device.status(device.call("POST", Upgrade.path, Accepted().bytes)) == 200) }
        sandbox.pass(ClaveRules.mobileRequestLife.components.seconds + 1)
        _ = try sandbox.services.approvals.request(
            try sandbox.visit(), Sandbox.document, Sandbox.datum, address: "192.0.2.1")
        #expect(try kinds(device).last == "mobile")
        let audit = try sandbox.services.auditLog.newest(limit: 100)
        #expect(audit.count { $0.act == "upgrade device" } == 1)
    }

    @Test func `is not upgraded once another acts for the person`() throws {
        let sandbox = try Sandbox()
        let device = try device(sandbox)
        _ = try TestDevice(sandbox).activate()
        #expect(device.status(device.call("POST", Upgrade.path, Accepted().bytes)) != 200)
    }
}

@Suite struct `A person who leaves Cl@ve by their device` {
    @Test func `is registered no longer, and the device is told so`() throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        _ = try device.activate()
        #expect(device.status(device.call("POST", Renunciation.path, Accepted().bytes)) == 200)
        let person = try sandbox.services.store.read { (database) throws(StoreError) in
            try database.citizens.find(Sandbox.document)
        }
        #expect(person == nil)
        #expect(device.status(device.call("POST", Renunciation.path, Accepted().bytes)) != 200)
        #expect(try TestDevice(sandbox).activate().isGranted == false)
    }
}
