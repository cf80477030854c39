import AgentProtocol
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import TestSupport
import Testing
import Vault
import Wire

@testable import AgentCore

/// How an identity changes and ends, with the real programs.
@Suite struct `The life of an identity` {
    /// What the agent's vault holds of identities.
    private func records(_ world: World) throws -> [IdentityRecord] {
        let passphrase = Array("a long passphrase".utf8)
        // As a backup is read: the vault itself is the agent's.
        let file = try Files.read(world.folder + "/data/clave-agent/vault", limit: 1 << 20)
        let vault = try VaultBackup(opening: file, passphrase: SecretBytes(copying: passphrase.span.bytes))
        return try vault.records.filter { $0.kind == .identity }.map { listed in
            try vault.read(listed.id).withBytes { try IdentityRecord(decoding: $0) }
        }
    }

    private func administer(_ world: World, _ arguments: [String]) -> Outcome {
        world.run("clave-gateway", arguments + ["-s", world.folder + "/gateway"])
    }

    @Test(arguments: [
        ["device", "deactivate", "--document", "12345678Z"],
        ["citizen", "remove", "--document", "12345678Z", "--reason", "death"],
    ])
    func `that the operator ends leaves none of its keys, and its agent says so`(_ command: [String]) throws {
        let world = try World()
        world.activate()
        try world.wait("the connection") {
            world.run("clave-add", ["-l"]).output.contains("connected") ? true : nil
        }
        let before = try #require(try records(world).first).keys.signing.publicKey
        #expect(administer(world, command).code == 0)
        try world.wait("the agent to hear of it") {
            world.run("clave-add", ["-l"]).output.contains("deactivated by the gateway") ? true : nil
        }
        try world.wait("the vault") { try records(world).first?.hasEnded == true ? true : nil }
        let after = try #require(try records(world).first).keys.signing.publicKey
        #expect(before != after)
        let signed = world.run("clave-sign", ["-r", "seu.test", "-p", "log in", "/dev/null"])
        #expect(signed.code == 1 && signed.errors.contains("acts for the person no more"), "\(signed)")
        let log = world.run("clave-add", ["--log"]).output
        #expect(log.contains("identity ended by its gateway"), "\(log)")
        // A later start asks nothing of the gateway, and a person who was not removed activates anew.
        world.stopAgent()
        try world.startAgent()
        #expect(world.run("clave-add", ["-u"]).code == 0)
        #expect(world.run("clave-add", ["-l"]).output.contains("deactivated by the gateway"))
        guard command[0] == "device" else { return }
        world.activate()
        #expect(try records(world).map(\.hasEnded) == [false])
    }

    @Test func `that the person ends everywhere is gone here and there, after a question`() throws {
        let world = try World()
        world.activate()
        try world.answer("no")
        let kept = world.run("clave-add", ["-d", "--everywhere", "5678Z"])
        #expect(kept.code != 0 && world.run("clave-add", ["-l"]).output.contains("AINA"))
        #expect(administer(world, ["citizen", "show", "--document", "12345678Z"]).code == 0)
        #expect(world.run("clave-add", ["-d", "5678Z", "--everywhere"]).code == kept.code)
        for leave in [["--leave"], ["--leave", "5678Z"]] {
            #expect(world.run("clave-add", leave).code == kept.code, "\(leave)")
        }
        try world.answer("yes")
        // As of a variable of a script that is not set.
        for empty in [["-d", ""], ["--leave", ""], ["-d", "--everywhere", ""]] {
            #expect(world.run("clave-add", empty).code == 64, "\(empty)")
        }
        for half in ["--everywhere", "--delete-only-one"] { #expect(world.run("clave-add", [half]).code == 64) }
        let left = world.run("clave-add", ["-d", "--everywhere"])
        #expect(left.code == 0 && left.errors.contains("You have left Cl@ve"), "\(left)")
        #expect(world.asked.contains("leave Cl@ve") || world.asked.contains("Leave Cl@ve"), "\(world.asked)")
        #expect(world.run("clave-add", ["-l"]).output == "")
        #expect(try records(world).isEmpty)
        #expect(administer(world, ["citizen", "show", "--document", "12345678Z"]).code != 0)
        for leave in [["--leave"], ["-d", "--everywhere"]] {
            #expect(world.run("clave-add", leave).errors.contains("no identities"), "\(leave)")
        }
        // And no device of theirs can be activated again.
        #expect(world.tryToActivate().code != 0)
    }

    @Test func `has another phone and e-mail by the certificate alone, confirmed by the new phone's code`() throws {
        let scene = try CertifiedWorld()
        let file = ["certificate", "--file", scene.folder + "/aina.p12"]
        let changed = scene.world.run(
            "clave-register",
            file + [
                "--change-contact", "--document", "12345678Z", "--validity", "31-12-2030", "--phone", "611999888",
                "--email", "aina@example.org",
            ])
        #expect(changed.code == 0 && changed.errors.contains("your new phone and e-mail"), "\(changed)")
        let shown = administer(scene.world, ["citizen", "show", "--document", "12345678Z"]).output
        #expect(shown.contains("+34611999888") && shown.contains("aina@example.org"), "\(shown)")
    }
}
