import GatewayAPI
import SecureMemory
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `A device's nonces` {
    @Test func `are so many in eleven minutes, cost no other device any, and none is taken twice to make room`() throws
    {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        #expect(try device.activate().isGranted)
        let other = TestDevice(sandbox)
        let nonce = randomBytes(16)
        func call(_ nonce: [UInt8] = randomBytes(16)) -> UInt32 {
            device.status(device.call("POST", Upgrade.path, Accepted().bytes, nonce: nonce))
        }
        #expect(call(nonce) == 200)
        try sandbox.services.store.write { (database) throws(StoreError) in
            let key = SQLValue.blob(device.signing.publicKey)
            let used = try database.run(
                "SELECT count(*) FROM nonces WHERE substr(nonce, 1, 32) = ?", key)[0].integer(0)
            for _ in used..<Int64(NonceGuard.noncesPerKey) - 1 {
                try database.run(
                    "INSERT INTO nonces (nonce, expires_at) VALUES (?, ?)",
                    .blob(device.signing.publicKey + randomBytes(16)), .integer(Int64(sandbox.now) + 660))
            }
        }
        #expect(call() == 200)
        for _ in 0..<3 { #expect(call() == 429) }
        // The oldest is remembered as long as its request would be near enough.
        #expect(call(nonce) == 429)
        #expect(try other.activate().isGranted)
        #expect(other.status(other.call("POST", Upgrade.path, Accepted().bytes)) == 200)
    }

    @Test func `are there again once the time of the used ones is over`() throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        #expect(try device.activate().isGranted)
        try sandbox.services.store.write { (database) throws(StoreError) in
            for _ in 0..<NonceGuard.noncesPerKey {
                try database.run(
                    "INSERT INTO nonces (nonce, expires_at) VALUES (?, ?)",
                    .blob(device.signing.publicKey + randomBytes(16)), .integer(Int64(sandbox.now) + 660))
            }
        }
        #expect(device.status(device.call("POST", Upgrade.path, Accepted().bytes)) == 429)
        sandbox.pass(661)
        try sandbox.services.sweeper.sweep()
        #expect(device.status(device.call("POST", Upgrade.path, Accepted().bytes)) == 200)
    }
}
