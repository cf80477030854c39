import Foundation
import Glibc
import TestSupport
import Testing

/// The agent, the tools, OpenSSH's, and real shells: each question is the affair of the job that asks.
@Suite(.serialized) struct `A tool's question in a shell` {
    private static let yes = "to agree, anything else to refuse: "
    private static let key = "SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK ssh-add -T key.pub"

    private func world() throws -> World {
        let world = try World(agent: false)
        try world.startAgent()
        world.activate()
        world.stopAgent()
        try world.startAgent(environment: ["CLAVE_ASKPASS": ""])
        try "the content".write(toFile: world.folder + "/doc", atomically: true, encoding: .utf8)
        try writeProgram("#!/bin/sh\n\(Self.key) && echo good >used.sig\n", to: world.folder + "/use-key")
        return world
    }

    /// Stops the job at its question, works in the shell, and brings it back.
    private func pause(_ shell: JobShell, typing text: String) throws {
        shell.person.type(text + "\u{1A}")
        try shell.expectPrompt()
        try shell.mark()
        #expect(try shell.isSane())
        try shell.expectPrompt()
        shell.person.type("fg\n")
    }

    private func expectSignature(_ name: String, _ shell: JobShell, _ world: World) throws {
        #expect(try shell.isSane(), "after \(name)")
        let file = "\(world.folder)/\(name).sig"
        #expect((try? Data(contentsOf: URL(filePath: file)))?.isEmpty == false, "\(name): \(shell.person.screen)")
        unlink(file)
    }

    private func agree(_ shell: JobShell) throws {
        try shell.expect(Self.yes)
        shell.person.type("yes\n")
    }

    @Test
    func `is paused by Ctrl-Z and comes back with fg, waits in the background, and is asked in $( ) and in a pipe`()
        throws
    {
        let world = try world()
        let keys = Shell(world)
        keys.makeKey("ed25519", "key")
        for kind in JobShell.Kind.installed {
            kill(world.agentPID, SIGUSR1)
            try world.wait("the lock") { world.run("clave-add", ["-s"]).output.contains("locked") ? true : nil }
            #expect(keys.run("ssh-add -q -c key").code == 0)
            let shell = try JobShell(kind, world)
            try shell.expectPrompt()
            shell.person.type("clave-sign -n file -o stopped.sig doc\n")
            try shell.expect("Passphrase: ")
            try pause(shell, typing: "a long")
            try shell.expect("Passphrase: ")
            #expect(!shell.person.echoes)
            shell.person.type("a long passphrase\n")
            try shell.expect(Self.yes)
            try pause(shell, typing: "ye")
            try agree(shell)
            try expectSignature("stopped", shell, world)

            shell.person.type("clave-sign -n file -o background.sig doc &\n")
            try shell.expect("A question waits for this job")
            try shell.mark()
            try shell.expectPrompt()
            shell.person.type("fg\n")
            try agree(shell)
            try expectSignature("background", shell, world)

            shell.person.type(kind.keeping("clave-sign -n file -o kept.sig doc") + "\n")
            try agree(shell)
            try expectSignature("kept", shell, world)

            shell.person.type("clave-sign -n file doc | cat >piped.sig\n")
            try agree(shell)
            try expectSignature("piped", shell, world)

            shell.person.type("use-key\n")
            try shell.expect(Self.yes)
            try pause(shell, typing: "")
            try agree(shell)
            try expectSignature("used", shell, world)
            #expect(!shell.person.screen.contains("a long"), "\(kind)")
        }
    }

    /// A shell that finds the terminal hidden would keep it so.
    @Test(arguments: [SIGTERM, SIGHUP, SIGINT]) func `has given the terminal back when a signal ends the tool`(
        signal: Int32
    ) throws {
        let world = try world()
        let person = try TerminalPerson()
        let tool = try Child(
            "/bin/sh", ["-c", "exec <>'\(person.slave)' >&0 2>&0; exec clave-add -l"], environment: world.environment)
        try world.wait("the question") { person.screen.contains("Passphrase: ") ? true : nil }
        let prompt = try #require(
            Int32(
                world.run("/usr/bin/pgrep", ["-P", "\(world.agentPID)", "-x", "clave-prompt"]).output
                    .trimmingCharacters(in: .newlines)))
        // As on a machine that has much else to do.
        kill(prompt, SIGSTOP)
        kill(tool.pid, signal)
        for look in 0..<1000 where tool.isRunning {
            if look == 10 { kill(prompt, SIGCONT) }
            usleep(10_000)
        }
        #expect(!tool.isRunning)
        #expect(person.echoes)
        kill(prompt, SIGCONT)
    }
}
