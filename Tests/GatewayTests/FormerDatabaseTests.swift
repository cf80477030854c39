import ClaveDomain
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `A gateway over the database of a former version` {
    /// When the database was dumped.
    private static let now: Int64 = 1_800_000_420
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "GatewayStoreTests/Fixtures/57c2e04.sql")

    /// A state folder with the database and the keys that it was made with, which are made up.
    private func sandbox() throws -> Sandbox {
        let folder = NSTemporaryDirectory() + "clave-former-" + UUID().uuidString
        try Files.makeFolder(folder)
        for (name, byte) in [("signing", UInt8(0x11)), ("sealing", 0x22), ("recording", 0x33), ("pepper", 0x44)] {
            try Files.replace("\(folder)/\(name).key", with: [UInt8](repeating: byte, count: 32))
        }
        let script = try String(contentsOf: Self.script, encoding: .utf8)
        try SQLiteConnection(path: folder + "/gateway.sqlite").runScript(script)
        return try Sandbox(folder: folder, start: Self.now, hours: .always)
    }

    /// What a person or a program knew, and the database does not have: a line of the file's head.
    private func known(_ name: String) throws -> String {
        let lines = try String(contentsOf: Self.script, encoding: .utf8).split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("-- \(name): ") }, "no \(name) in the file's head")
        return String(line.dropFirst("-- \(name): ".count))
    }

    private func knownBytes(_ name: String) throws -> [UInt8] {
        let digits = Array(try known(name))
        return try stride(from: 0, to: digits.count, by: 2).map { index in
            try #require(UInt8(String(digits[index..<index + 2]), radix: 16))
        }
    }

    @Test func `lets the device's stream go on, and a PIN be issued to its person`() throws {
        let sandbox = try sandbox()
        let device = TestDevice(sandbox, keysOf: 0x63)
        #expect(try device.pin() == (try known("PIN")))
        let last = try #require(try sandbox.services.devices.events(of: 3, after: 0).last).sequence
        sandbox.pass(1)
        let visit = try sandbox.visit()
        try sandbox.askPIN(visit)
        let new = try #require(try device.pin())
        #expect(try known("PIN") != new)
        #expect(try device.events(after: last).count > 0)
        #expect(try sandbox.enter(visit, new) == .entered)
        #expect(try sandbox.services.auditLog.check().failure == nil)
    }

    @Test func `takes the PIN that a visit waits for`() throws {
        let sandbox = try sandbox()
        #expect(try sandbox.enter(try knownBytes("visit"), try known("PIN")) == .entered)
    }

    @Test func `says to a device of before that it acts no more`() throws {
        let sandbox = try sandbox()
        let former = TestDevice(sandbox, keysOf: 0x62)
        #expect(former.status(former.call("GET", Push.path)) == 403)
        let key = sandbox.services.keys.signing.publicKey
        let pushes = try sandbox.services.devices.events(of: 2, after: 0).compactMap {
            Push.open($0.sealed, signingKey: former.signing.publicKey, sealingKey: former.sealing, gateway: key)
        }
        #expect(pushes.count == 1)
        if case .deactivated = pushes.first?.event {} else { Issue.record("not told") }
    }

    @Test func `registers who was asked for the code of their phone`() throws {
        let sandbox = try sandbox()
        let device = TestDevice(sandbox, keysOf: 0x67)
        device.session = try knownBytes("session")
        let proof = PhoneProof(code: SecretBytes(copying: Array(try known("code").utf8).span.bytes), activates: true)
        let confirmed = try device.register(Registration.confirmStep, proof.secretBytes)
        #expect(confirmed.outcome == .accepted && confirmed.isGranted)
    }

    @Test func `shows the recording that waits for its review to another operator`() throws {
        let sandbox = try sandbox()
        let reviews = try sandbox.services.reviews.waiting()
        #expect(reviews.map(\.call.id) == [1])
        let second = try CallOffice.desk(sandbox, "99999972C")
        #expect(try sandbox.services.recordings.open(of: 1, by: second) == [1, 2, 3, 4, 5])
        #expect(try sandbox.services.reviews.accept(1, by: second) == .done)
    }
}
