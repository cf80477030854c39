import AgentProtocol
import Foundation
import Glibc
import Posix
import SecureMemory
import TestSupport
import Testing
import Wire

/// What the helper said, in values that a test can compare.
private struct Heard: Equatable {
    var asks = 0
    var outcome: KeyringOutcome?
    var secret: [UInt8] = []
}

/// Runs the real `clave-keyring` for one request.
private func ask(
    _ operation: KeyringOperation, vault: UInt8 = 1, slot: UInt8? = 2, secret: [UInt8] = [],
    environment: [String: String]
) throws -> Heard {
    let ends = try Descriptor.pair()
    let channel = FrameChannel(Descriptor(owning: ends.0))
    let child = try Child(program("clave-keyring"), environment: environment, descriptors: [3: ends.1])
    close(ends.1)
    try channel.send(
        secret: KeyringRequest(
            operation, vault: [UInt8](repeating: vault, count: 16),
            slot: slot.map { [UInt8](repeating: $0, count: 16) } ?? [], secret: SecretBytes(copying: secret.span.bytes))
    )
    var heard = Heard()
    while heard.outcome == nil { try hear(&heard, on: channel) }
    #expect(child.exitCode == 0)
    return heard
}

private func hear(_ heard: inout Heard, on channel: borrowing FrameChannel) throws {
    let payload = try channel.receive()
    try payload.withBytes { bytes in
        if try KeyringAsks.decode(payload: bytes) != nil { heard.asks += 1 }
        guard let reply = try KeyringReply.decode(payload: bytes) else { return }
        heard.outcome = reply.outcome
        heard.secret = reply.secret.withBytes { $0.withUnsafeBytes { Array($0) } }
    }
}

@Suite struct `The keyring's helper` {
    private static let key = [UInt8](100..<132)

    @Test func `stores, looks up and deletes a key in the real keyring`() throws {
        let desktop = try Desktop()
        let environment = desktop.environment
        #expect(try ask(.lookUp, environment: environment).outcome == .notFound)
        #expect(try ask(.store, secret: Self.key, environment: environment) == Heard(outcome: .done))
        #expect(try ask(.lookUp, environment: environment) == Heard(outcome: .done, secret: Self.key))
        #expect(try ask(.lookUp, slot: 3, environment: environment).outcome == .notFound)
        #expect(try ask(.lookUp, vault: 3, environment: environment).outcome == .notFound)
        #expect(try ask(.delete, slot: 3, environment: environment).outcome == .notFound)
        #expect(try ask(.delete, environment: environment) == Heard(outcome: .done))
        #expect(try ask(.lookUp, environment: environment).outcome == .notFound)
    }

    @Test func `deletes all of one vault, and nothing else`() throws {
        let desktop = try Desktop()
        let environment = desktop.environment
        for (vault, slot) in [(1, 2), (1, 3), (4, 2)] as [(UInt8, UInt8)] {
            _ = try ask(.store, vault: vault, slot: slot, secret: Self.key, environment: environment)
        }
        #expect(try ask(.delete, slot: nil, environment: environment).outcome == .done)
        #expect(try ask(.lookUp, slot: 2, environment: environment).outcome == .notFound)
        #expect(try ask(.lookUp, slot: 3, environment: environment).outcome == .notFound)
        #expect(try ask(.lookUp, vault: 4, slot: 2, environment: environment).secret == Self.key)
    }

    @Test func `names an entry so that people and other tools find it`() throws {
        let desktop = try Desktop()
        _ = try ask(.store, secret: Self.key, environment: desktop.environment)
        let found = runProgram(
            "/usr/bin/secret-tool", ["search", "vault", String(repeating: "01", count: 16)],
            environment: desktop.environment)
        #expect(found.output.contains("label = clave-agent: vault key (01010101)"), "\(found)")
        #expect(found.output.contains("schema = org.clave-agent.VaultKey"), "\(found)")
        #expect((found.output + found.errors).contains("attribute.slot = " + String(repeating: "02", count: 16)))
    }

    @Test func `says that the keyring is locked when nobody opens it`() throws {
        let desktop = try Desktop()
        _ = try ask(.store, secret: Self.key, environment: desktop.environment)
        desktop.stopKeyring()
        try desktop.startKeyring(isOpen: false)
        for operation in KeyringOperation.allCases {
            let heard = try ask(
                operation, secret: operation == .store ? Self.key : [], environment: desktop.environment)
            #expect(heard == Heard(asks: 1, outcome: .locked), "\(operation)")
        }
        desktop.stopKeyring()
        try desktop.startKeyring()
        #expect(try ask(.lookUp, environment: desktop.environment).secret == Self.key)
    }

    @Test func `says that there is no service where nothing is on the bus, and no bus`() throws {
        let desktop = try Desktop(keyring: false)
        for operation in KeyringOperation.allCases {
            let secret = operation == .store ? Self.key : []
            #expect(try ask(operation, secret: secret, environment: desktop.environment).outcome == .noService)
            for address in [nil, "unix:path=/nonexistent/bus"] {
                var environment = desktop.environment
                environment["DBUS_SESSION_BUS_ADDRESS"] = address
                environment["XDG_RUNTIME_DIR"] = "/nonexistent"
                #expect(try ask(operation, secret: secret, environment: environment).outcome == .noService)
            }
        }
    }

    @Test func `says that there is no service when it is killed while it is asked`() throws {
        let desktop = try Desktop()
        // It is asked while it stands still, and killed then.
        desktop.service?.signal(SIGSTOP)
        let service = desktop.service
        let killer = Thread {
            usleep(300_000)
            service?.signal(SIGKILL)
        }
        killer.start()
        #expect(try ask(.lookUp, environment: desktop.environment).outcome == .noService)
    }

    @Test func `does nothing by hand, and nothing for a core that speaks otherwise`() throws {
        #expect(runProgram(try program("clave-keyring"), [], environment: [:]).code == 64)
        let ends = try Descriptor.pair()
        let core = Descriptor(owning: ends.0)
        let child = try Child(program("clave-keyring"), environment: [:], descriptors: [3: ends.1])
        close(ends.1)
        try core.writeAll([0, 0, 0, 2, 150, 9])
        #expect(child.exitCode == 1)
    }
}
