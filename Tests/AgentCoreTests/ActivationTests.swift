import AgentProtocol
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import TestSupport
import Testing
import Wire

@Suite struct `An activation` {
    @Test func `ends with what the gateway grants`() throws {
        let stage = try Stage()
        let identity = try stage.activate().get()
        #expect(identity.name == "AINA PROVA MOSTRA")
        #expect(identity.document == "****5678Z")
        #expect(stage.person.questions.first?.subject == .newPassphrase)
        try stage.connected()
    }

    @Test func `is forgotten after its time with the vault's key, and comes back with the passphrase`() throws {
        let stage = try Stage()
        let identity = try stage.activate(lifetime: 2).get()
        #expect(try stage.core.status().vault == .open)
        try eventually("the end of its time") { try stage.core.status().identities == 0 }
        #expect(try stage.core.status().vault == .locked)
        let asked = stage.person.questions.count
        let again = try stage.core.connect().send(IdentitiesRequest()).identities
        #expect(again.map(\.identifier) == [identity.identifier])
        #expect(stage.person.questions.count == asked + 1)
        #expect(stage.person.questions.last?.subject == .unlock(wrongTries: 0))
    }

    @Test func `is none when only the plugin says so`() throws {
        let stage = try Stage()
        stage.gateway.set { $0.grants = false }
        #expect(stage.activate().code == .pluginFailed)
        #expect(try stage.core.status().identities == 0)
    }

    @Test(arguments: [GatewayDescription.path, "/agent/v1/activation"])
    func `believes no reply that the gateway's key has not signed`(path: String) throws {
        let stage = try Stage()
        stage.gateway.set { $0.forges = path }
        #expect(stage.activate().isFailure)
        #expect(try stage.core.status().identities == 0)
    }

    @Test func `is refused by a gateway that does not offer the method`() throws {
        let stage = try Stage()
        let connection = try stage.core.connect()
        #expect(
            throws: AgentConnection.Failure.refused(
                AgentError(.gatewayRefused, "it does not offer activation by dnie"))
        ) {
            _ = try connection.send(
                ActivateRequest(
                    method: "dnie", gateway: FakeGateway.origin, certificates: [], fields: [], lifetime: 0))
        }
    }

    @Test func `whose link ends in the middle says that the gateway can't be reached`() throws {
        let stage = try Stage()
        stage.core.next(.link) { pipe in
            _ = try pipe.receive(); throw ExitCode(rawValue: 139)
        }
        #expect(stage.activate().code == .gatewayUnreachable)
        // The next one finds a new link.
        #expect(try stage.activate().get().name == "AINA PROVA MOSTRA")
    }

    @Test func `survives a plugin host that floods, lies, crashes or speaks nonsense`() throws {
        let stage = try Stage()
        stage.core.next(.pluginHost) { pipe in
            _ = try pipe.receive()
            for round in 0..<50_000 { try pipe.send(PluginLine(isProgress: true, text: "line \(round)")) }
            throw ExitCode(rawValue: 1)
        }
        stage.core.next(.pluginHost) { pipe in
            for _ in 0..<5000 {
                try? pipe.send(secret: PluginExchange(step: "finish", body: SecretBytes(zeros: 60_000)))
            }
            throw ExitCode(rawValue: 1)
        }
        stage.core.next(.pluginHost) { pipe in try pipe.descriptor.writeAll([0, 0, 0, 2, 250, 1]) }
        stage.core.next(.pluginHost) { pipe in try pipe.descriptor.writeAll([0xFF, 0xFF, 0xFF, 0xFF]) }
        stage.core.next(.pluginHost) { _ in throw ExitCode(rawValue: 139) }
        for _ in 0..<5 {
            let outcome = stage.activate()
            #expect(outcome.code == .pluginFailed, "\(outcome)")
        }
        #expect(stage.core.isAlive)
        #expect(try stage.activate().get().name == "AINA PROVA MOSTRA")
    }
}
