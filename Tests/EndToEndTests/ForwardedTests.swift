import Foundation
import TestSupport
import Testing

/// What a host can do to which ssh forwards the agent, with the real ssh and sshd.
@Suite(.serialized) struct `The agent on another host` {
    private let world: World
    private let shell: Shell
    private let host: LoginHost

    init() throws {
        world = try World()
        world.activate()
        shell = Shell(world)
        for name in ["key", "confirmed"] { shell.makeKey("ed25519", name) }
        shell.run("ssh-add key; ssh-add -c confirmed")
        host = try LoginHost("first", shell)
    }

    /// Runs a line there, with the forwarded agent as both kinds of agent, and the tools of this build.
    private func there(_ line: String) -> TestSupport.Outcome {
        let folder = try? URL(filePath: program("clave-add")).deletingLastPathComponent().path
        let setting = "PATH=\(folder ?? ""):$PATH CLAVE_AUTH_SOCK=$SSH_AUTH_SOCK HOME=\(shell.folder) LC_ALL=C.UTF-8; "
        return shell.run(host.line(setting + "export PATH CLAVE_AUTH_SOCK HOME LC_ALL; " + line, forwarding: true))
    }

    @Test func `answers how it is, and tells nothing of the person`() throws {
        #expect(there("clave-add -s").code == 0)
        for line in ["clave-add -l", "clave-requests", "clave-pin", "clave-add --remembered", "clave-add -D"] {
            let outcome = there(line)
            #expect(outcome.code == 1, "\(line): \(outcome)")
            #expect(!outcome.output.contains("AINA"), "\(line): \(outcome)")
        }
        #expect(world.run("clave-add", ["-l"]).output.contains("****5678Z"))
        #expect(world.run("clave-add", ["--log"]).output.contains("refused to another host"))
    }

    @Test func `says in its question that another host asks`() throws {
        #expect(shell.run("ssh-add -T confirmed.pub").code == 0)
        #expect(!world.asked.contains("another host"))
        #expect(there("ssh-add -T \(shell.folder)/confirmed.pub").code == 0)
        #expect(world.asked.contains("Asked from another host, by ssh: the program below only passes it on."))
        #expect(world.run("clave-add", ["--log", "-j"]).output.contains("\"ssh_forwarded\":true"))
    }

    @Test func `is neither locked nor unlocked there, and loses its ssh keys alone`() throws {
        let asking = "SSH_ASKPASS=\(shell.folder)/say SSH_ASKPASS_REQUIRE=force"
        _ = try shell.asking("a passphrase of its own")
        #expect(there("\(asking) ssh-add -x").code != 0)
        #expect(world.run("clave-add", ["-s"]).output.contains("open"))
        #expect(shell.listed == 2)
        #expect(shell.run("ssh-add -x", environment: try shell.asking("the lock")).code == 0)
        #expect(there("\(asking) ssh-add -X").code != 0)
        #expect(shell.run("ssh-add -X", environment: try shell.asking("the lock")).code == 0)
        #expect(shell.listed == 2)
        #expect(there("ssh-add -D").code == 0)
        #expect(shell.listed == 0)
        #expect(world.run("clave-add", ["-l"]).output.contains("****5678Z"))
    }
}
