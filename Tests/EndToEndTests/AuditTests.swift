import Audit
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct `The log of what was asked` {
    @Test func `shows a PIN's yes and no with who asked, holds no secret, and tells where it was changed`() throws {
        let world = try World()
        world.activate()
        let citizen = Citizen(world)
        citizen.askPIN()
        try world.answer("no")
        #expect(world.run("clave-pin", ["-w", "60"]).code == 1)
        try world.answer("yes")
        let shownPIN = world.run("clave-pin", ["-w", "60"])
        let pin = shownPIN.output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(pin.count == 3, "\(shownPIN)")
        let key = world.folder + "/key"
        world.run("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "my key", "-f", key])
        let agent = ["SSH_AUTH_SOCK": world.folder + "/run/clave-agent/agent.sock"]
        #expect(world.run("/usr/bin/ssh-add", ["-q", "-c", key], environment: agent).code == 0)
        #expect(world.run("/usr/bin/ssh-add", ["-T", key + ".pub"], environment: agent).code == 0)
        // The tool may be faster than the disk, which the agent does not wait for here.
        try world.wait("the key's use") {
            world.run("clave-add", ["--log"]).output.contains("asked to use a key") ? 1 : nil
        }
        world.stopAgent()

        let shown = world.run("clave-add", ["--log"])
        #expect(shown.code == 0)
        let lines = shown.output.split(separator: "\n")
        #expect(lines.contains { $0.contains("asked to show a PIN") && $0.contains("answered no") })
        #expect(
            lines.contains {
                $0.contains("asked to show a PIN") && $0.contains("answered yes") && $0.contains("/clave-pin\" (")
            })
        #expect(lines.contains { $0.contains("key added") && $0.contains("my key") && $0.contains("/ssh-add\" (") })
        #expect(lines.contains { $0.contains("asked to use a key") && $0.contains("answered yes") })
        #expect(shown.errors.contains("The chain is whole from record 1 to "))
        let json = world.run("clave-add", ["--log", "--json"]).output
        #expect(json.split(separator: "\n").count == lines.count)
        #expect(world.run("clave-add", ["--log", "--since", "1w"]).output == shown.output)
        #expect(world.run("clave-add", ["--log", "--verify"]).output == "")
        #expect(world.run("clave-add", ["--log"], environment: ["LC_ALL": "C.UTF-8", "LANGUAGE": "ca"]).code == 0)

        let file = world.folder + "/data/clave-agent/audit.log"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(json == text)
        #expect(!text.contains("\"\(pin)\"") && !text.contains("a long passphrase"))
        let code = try #require(Citizen.first(" ([0-9]{6}) ", in: try message(world)))
        #expect(!text.contains("\"\(code)\""))

        try text.replacingOccurrences(of: "\"answer\":\"no\"", with: "\"answer\":\"yes\"")
            .write(toFile: file, atomically: false, encoding: .utf8)
        let broken = world.run("clave-add", ["--log", "--verify"])
        #expect(broken.code == 1)
        #expect(broken.errors.contains("The log is broken after record "))
        #expect(broken.errors.contains("a line was changed or put in"))
    }

    @Test(arguments: ["emptied", "cut", "written anew"])
    func `tells that it was changed while no agent ran, once the vault is open`(how: String) throws {
        let world = try World()
        world.activate()
        let (folder, file) = (world.folder + "/data/clave-agent", world.folder + "/data/clave-agent/audit.log")
        func losses() -> Int {
            world.run("clave-add", ["--log", "-j"]).output.components(separatedBy: "\"kind\":\"lost\"").count - 1
        }
        // Each opening compares, and has the vault remember. An agent that finds its log as it was says nothing.
        world.stopAgent()
        try world.startAgent()
        #expect(world.run("clave-add", ["-l"]).code == 0)
        try world.wait("the opening's record") {
            world.run("clave-add", ["--log"]).output.components(separatedBy: "asked for the passphrase").count > 1
                ? 1 : nil
        }
        #expect(losses() == 0)
        world.stopAgent()
        switch how {
        case "emptied": try Data().write(to: URL(filePath: file))
        case "cut":
            let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
            try (lines[0] + "\n").write(toFile: file, atomically: false, encoding: .utf8)
        default:
            // A whole and longer chain, made with the agent's own means.
            try FileManager.default.removeItem(atPath: file)
            var log = AuditLog(folder: folder)
            for number in 1...100 { try log.append([AuditEntry("locked")], time: UInt64(number)) }
        }
        try world.startAgent()
        #expect(world.run("clave-add", ["-l"]).code == 0)
        try world.wait("the loss to be told") { losses() == 1 ? 1 : nil }
        let told = world.run("clave-add", ["--log"])
        #expect(told.errors.contains("Times that the log was found to be cut or exchanged"))
        #expect(told.errors.contains("The chain is whole"))
    }

    private func message(_ world: World) throws -> String {
        let outbox = world.folder + "/gateway/outbox"
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: outbox).sorted().first)
        return try String(contentsOfFile: outbox + "/" + name, encoding: .utf8)
    }
}
