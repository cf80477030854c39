import AgentProtocol
import Foundation
import GatewayAPI
import SecureMemory
import TestSupport
import Testing
import Vault
import Wire

@testable import AgentCore

/// Who used Cl@ve PIN alone: an older agent's vault, and a device that the gateway has for PINs only.
@Suite struct `Who comes from Cl@ve PIN` {
    /// Writes the record of the one identity in the form that an agent for Cl@ve PIN had.
    private func age(_ world: World) throws {
        let folder = world.folder + "/data/clave-agent"
        let passphrase = Array("a long passphrase".utf8)
        var vault = try Vault.open(in: folder, passphrase: SecretBytes(copying: passphrase.span.bytes))
        let listed = try #require(vault.records.first { $0.kind == .identity })
        let record = try vault.read(listed.id).withBytes { try IdentityRecord(decoding: $0) }
        var writer = SecretWriter()
        writer.put(UInt32(0))
        record.identifier.encode(into: &writer)
        writer.put(record.grant.document)
        writer.put(record.grant.name)
        record.trust.encode(into: &writer)
        writer.put(record.gatewayName)
        writer.put(record.gatewayKey)
        record.keys.encode(into: &writer)
        try vault.put(listed.id, kind: .identity, writer.finish())
        let gateway = world.run(
            "/usr/bin/python3",
            [
                "-c",
                """
                import sqlite3
                with sqlite3.connect("\(world.folder)/gateway/gateway.sqlite") as database:
                    assert database.execute("UPDATE devices SET takes_pins_only = 1").rowcount == 1
                """,
            ])
        try #require(gateway.code == 0, "\(gateway)")
    }

    @Test func `gets PINs and Cl@ve Mòbil requests after the unlock, with nothing to redo`() throws {
        let world = try World()
        world.activate()
        world.stopAgent()
        try age(world)
        // While the agent has not been started, the gateway sends the device PINs alone.
        let early = Citizen(world)
        #expect(Citizen.first("id=\"code\">([A-Z2-7]{3})<", in: early.askApproval()) != nil)
        world.forgetAsked()
        try world.startAgent()
        let unlocked = world.run("clave-add", ["-u"])
        #expect(unlocked.code == 0, "\(unlocked)")
        let listed = try world.wait("the level") {
            let text = world.run("clave-add", ["-l"]).output
            return text.contains("basic") ? text : nil
        }
        #expect(listed.contains("AINA PROVA MOSTRA"))
        #expect(world.audit("takes Mòbil too") == 1)
        // The passphrase was all that was asked for.
        #expect(world.asked.components(separatedBy: "If you did not ask for this").count == 2, "\(world.asked)")
        let mobile = Citizen(world)
        mobile.askApproval()
        #expect(world.run("clave-requests", ["-n", "-w", "60"]).code == 0)
        #expect(Citizen.title(mobile.load("/gateway/mobile")) == "Welcome, AINA PROVA MOSTRA")
        let pin = Citizen(world)
        let reference = try #require(Citizen.reference(pin.askPIN()))
        let typed = world.run("clave-pin", ["-w", "60", reference])
        #expect(Citizen.title(pin.type(typed.output)) == "Welcome, AINA PROVA MOSTRA")
        // It stays so.
        world.stopAgent()
        try world.startAgent()
        #expect(world.run("clave-add", ["-u"]).code == 0)
        #expect(world.run("clave-add", ["-l"]).output.contains("basic"))
        #expect(world.audit("takes Mòbil too") == 1)
    }
}
