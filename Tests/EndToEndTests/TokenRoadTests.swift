import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `A token's keys` {
    @Test func `are added, sign, log in and go with ssh-add`() throws {
        let token = try TokenWorld([
            "EC:prime256v1", "EC:secp384r1", "EC:secp521r1", "EC:edwards25519", "rsa:2048", "rsa:3072",
        ])
        let added = token.add()
        #expect(added.code == 0 && added.errors.contains("Card added"), "\(added)")
        #expect(token.shell.listed == 6)
        #expect(token.hosts.count == 1)
        for key in 1...6 {
            #expect(token.run("ssh-add -T key\(key).pub").code == 0, "key\(key)")
            #expect(
                token.run(
                    """
                    echo text >file; rm -f file.sig; echo "me $(cat key\(key).pub)" >allowed
                    ssh-keygen -Y sign -n file -f key\(key).pub file &&
                        ssh-keygen -Y verify -n file -I me -f allowed -s file.sig <file
                    """
                ).code == 0, "key\(key)")
        }
        let host = try LoginHost("first", token.shell)
        #expect(token.run(host.line("echo here")).output == "here\n")
        // One by one, and with the last one the library.
        #expect(token.run("ssh-add -d key1.pub").code == 0)
        #expect(token.shell.listed == 5 && token.hosts.count == 1)
        let removed = token.run("ssh-add -e \(TokenWorld.softHSM)")
        #expect(removed.code == 0 && removed.errors.contains("Card removed"), "\(removed)")
        #expect(token.shell.listed == 0)
        try eventually("the library's process to end") { token.hosts.isEmpty }
        #expect(token.run("ssh-add -e \(TokenWorld.softHSM)").code != 0)
    }

    @Test func `are not added by a wrong PIN, nor without one`() throws {
        let token = try TokenWorld(pin: "9999")
        let refused = token.add()
        #expect(refused.code != 0 && refused.errors.contains("agent refused operation"), "\(refused)")
        try token.type("")
        #expect(token.add().code != 0)
        #expect(token.shell.listed == 0)
        try eventually("the library's process to end") { token.hosts.isEmpty }
        try token.type("1234")
        #expect(token.add().code == 0)
    }

    @Test func `are asked about, last for a time, and end with all keys`() throws {
        let token = try TokenWorld()
        #expect(token.add("-c").code == 0)
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(token.world.asked.contains("May the program below use this key?"))
        #expect(token.world.asked.contains("Key: \"key1\""))
        #expect(token.add("-t 2").code == 0)
        try eventually("the key and the library's process to go") { token.shell.listed == 0 && token.hosts.isEmpty }
        token.add()
        #expect(token.hosts.count == 1)
        #expect(token.run("ssh-add -D").code == 0)
        try eventually("the library's process to end") { token.hosts.isEmpty }
        token.add()
        #expect(token.hosts.count == 1)
        kill(token.world.agentPID, SIGUSR1)
        try eventually("the library's process to end") { token.hosts.isEmpty }
    }

    @Test func `sign nothing while the agent is locked`() throws {
        let token = try TokenWorld()
        token.add()
        #expect(token.run("ssh-add -x").code == 0)
        #expect(token.shell.listed == 0)
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        #expect(token.add().code != 0)
        #expect(token.run("ssh-add -e \(TokenWorld.softHSM)").code != 0)
        #expect(token.run("ssh-add -X").code == 0)
        #expect(token.run("ssh-add -T key1.pub").code == 0)
    }

    @Test func `that want the PIN each time are asked for it, with what they are for`() throws {
        let token = try TokenWorld(["EC:prime256v1 --always-auth"])
        #expect(token.add().code == 0)
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(token.world.asked.contains("To let the program below use this key, type the PIN of \"card\"."))
        let facts = try String(contentsOfFile: token.folder + "/facts", encoding: .utf8)
        #expect(facts.contains("CLAVE_PROMPT_TOKEN=card\n"))
        try token.type("9999")
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        #expect(token.world.asked.contains("The last PIN was wrong. Too many wrong ones lock the card."))
        #expect(try log(token).contains { $0.contains("\"about\":\"token_pin\"") && !$0.contains("9999") })
        #expect(token.shell.listed == 1)
    }

    @Test func `are recorded as they come and go, without a PIN`() throws {
        let token = try TokenWorld()
        token.add()
        token.run("ssh-add -e \(TokenWorld.softHSM)")
        try eventually("the records") {
            let lines = try log(token)
            return lines.contains { $0.contains("\"kind\":\"provider_added\"") && $0.contains("\"done\":true") }
                && lines.contains { $0.contains("\"kind\":\"provider_removed\"") }
        }
        #expect(try !log(token).contains { $0.contains("1234\"") })
        let shown = token.world.run("clave-add", ["--log"]).output
        #expect(shown.contains("library of cards or tokens loaded  \(TokenWorld.softHSM)"))
        #expect(shown.contains("library of cards or tokens removed  \(TokenWorld.softHSM)"))
    }

    private func log(_ token: TokenWorld) throws -> [String] {
        try String(contentsOfFile: token.folder + "/data/clave-agent/audit.log", encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }
}
