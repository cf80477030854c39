import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `A token's library` {
    @Test func `is loaded from where the person has said, and nowhere else`() throws {
        let token = try TokenWorld(agent: ["-P", "/usr/*,!*soft*"])
        #expect(token.add().code != 0)
        #expect(token.hosts.isEmpty)
    }

    @Test func `that is no library, is not there, or others can write is not loaded`() throws {
        let token = try TokenWorld(agent: ["-P", "*"])
        let faulty = try token.makeFaulty()
        try "no library".write(toFile: token.folder + "/text.so", atomically: true, encoding: .utf8)
        for path in [token.folder + "/text.so", "/nonexistent.so", token.folder, "libsofthsm2.so"] {
            #expect(token.add("", path).code != 0, "\(path)")
        }
        #expect(token.add("", faulty).code == 0)
        token.run("ssh-add -D")
        chmod(faulty, 0o757)
        #expect(token.add("", faulty).code != 0)
        chmod(faulty, 0o755)
        chmod(token.folder, 0o777)
        #expect(token.add("", faulty).code != 0)
        chmod(token.folder, 0o700)
        try eventually("the library's processes to end") { token.hosts.isEmpty }
    }

    @Test func `is not loaded for a host to which the agent is forwarded`() throws {
        let token = try TokenWorld()
        token.shell.makeKey("ed25519", "plain")
        token.run("ssh-add plain")
        let host = try LoginHost("first", token.shell)
        let there = token.run(
            host.line(
                "SSH_ASKPASS=\(token.folder)/say SSH_ASKPASS_REQUIRE=force ssh-add -s \(TokenWorld.softHSM)",
                forwarding: true))
        #expect(there.errors.contains("agent refused operation"), "\(there)")
        #expect(token.hosts.isEmpty && token.shell.listed == 1)
    }

    @Test func `that crashes costs its keys, and nothing else`() throws {
        let token = try TokenWorld(agent: ["-P", "*"])
        token.shell.makeKey("ed25519", "plain")
        token.run("ssh-add plain")
        #expect(token.add("", try token.makeFaulty()).code == 0)
        try token.fault("crash")
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        try eventually("its keys to go") { token.shell.listed == 1 }
        #expect(token.run("ssh-add -T plain.pub").code == 0)
        #expect(token.add("", token.folder + "/faulty.so").code == 0)
        #expect(token.run("ssh-add -T key1.pub").code == 0)
    }

    @Test func `that hangs holds up nobody else`() throws {
        let token = try TokenWorld(agent: ["-P", "*"])
        token.shell.makeKey("ed25519", "plain")
        token.run("ssh-add plain")
        #expect(token.add("", try token.makeFaulty()).code == 0)
        try token.fault("hang")
        // While one client waits for the card, others list, sign, have another library loaded, and end the hanging one.
        let outcome = token.run(
            """
            exec 2>&1
            ssh-add -T key1.pub & waiting=$!
            while [ -e fault ]; do sleep 0.05; done
            ssh-add -l && ssh-add -T plain.pub && ssh-add -e faulty.so; ssh-add -e "$HOME/faulty.so" && wait $waiting
            echo it failed: $?; ssh-add -T plain.pub && echo not held up
            """)
        #expect(outcome.output.contains("it failed: 1"), "\(outcome)")
        #expect(outcome.output.hasSuffix("not held up\n"), "\(outcome)")
        try eventually("its process to end") { token.hosts.isEmpty }
    }

    @Test func `whose token was taken out and put back asks for the PIN again`() throws {
        let token = try TokenWorld(agent: ["-P", "*"])
        #expect(token.add("", try token.makeFaulty()).code == 0)
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(!token.world.asked.contains("type the PIN of \"card\""))
        try token.fault("removed")
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(token.world.asked.contains("type the PIN of \"card\""))
        // Taken out for good.
        try token.fault("removed")
        token.run("mv tokens/* .")
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        #expect(token.shell.listed == 1)
    }

    @Test func `that says only of an error has its token looked for as well`() throws {
        let token = try TokenWorld(agent: ["-P", "*"])
        #expect(token.add("", try token.makeFaulty()).code == 0)
        try token.fault("error")
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(token.world.asked.contains("type the PIN of \"card\""))
    }

    @Test func `that has forgotten the login takes no wrong PIN for it`() throws {
        let token = try TokenWorld(agent: ["-P", "*"])
        #expect(token.add("", try token.makeFaulty()).code == 0)
        try token.type("9999")
        try token.fault("forgotten")
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        try token.type("1234")
        #expect(token.run("ssh-add -T key1.pub").code == 0)
    }

    @Test func `is never given the last try of its token`() throws {
        let token = try TokenWorld(["EC:prime256v1 --always-auth"], agent: ["-P", "*"])
        let faulty = try token.makeFaulty()
        try token.world.touch("last-try")
        #expect(token.add("", faulty).code != 0)
        #expect(token.takeLogins() == [])
        unlink(token.folder + "/last-try")
        #expect(token.add("", faulty).code == 0)
        #expect(token.takeLogins() == ["typed"])
        try token.world.touch("last-try")
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        #expect(token.takeLogins() == [])
        unlink(token.folder + "/last-try")
        #expect(token.run("ssh-add -T key1.pub").code == 0)
    }

    @Test func `whose reader asks for the PIN is used after a yes to what for`() throws {
        let token = try TokenWorld(["EC:prime256v1 --always-auth"], pin: "", agent: ["-P", "*"])
        let faulty = try token.makeFaulty()
        try token.world.touch("reader")
        #expect(token.add("", faulty).code == 0)
        #expect(token.takeLogins() == ["reader"])
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(token.takeLogins() == ["reader"])
        #expect(token.world.asked.contains("May the program below use this key?"))
        try token.world.answer("no")
        #expect(token.run("ssh-add -T key1.pub").code != 0)
        #expect(token.takeLogins() == [])
    }

    @Test func `loaded again takes the place of the one before`() throws {
        let token = try TokenWorld()
        token.add("-c")
        token.add()
        #expect(token.shell.listed == 1)
        #expect(token.run("ssh-add -T key1.pub").code == 0)
        #expect(!token.world.asked.contains("May the program below use this key?"))
        try eventually("the first process to end") { token.hosts.count == 1 }
    }
}
