import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.serialized) struct `A person at a terminal` {
    @Test func `on which the agent was started says yes there without a vault, also after everything was locked`()
        throws
    {
        let scene = try TerminalScene(isActivated: false, startsAgent: false)
        let shell = try TerminalShell(scene.world, environment: ["CLAVE_ASKPASS": ""])
        let agent = try shell.startAgent()
        defer { kill(agent, SIGTERM) }
        for (count, answer) in ["yes", "no", "yes"].enumerated() {
            scene.world.addAskedKey()
            let line = shell.start(TerminalShell.useKey)
            try shell.expect("to agree, anything else to refuse:", times: count + 1)
            shell.person.type(answer + "\n")
            #expect(try (shell.end(of: line) == 0) == (answer == "yes"), "\(shell.output(of: line))")
            let lock = try TerminalShell(scene.world)
            #expect(try lock.end(of: lock.start("kill -USR1 \(agent)")) == 0)
            try scene.world.wait("the keys to go") { Shell(scene.world).listed == 0 ? true : nil }
        }
        // Another terminal of the same person's is none of these.
        scene.world.addAskedKey()
        let other = try TerminalShell(scene.world)
        #expect(try other.end(of: other.start(TerminalShell.useKey)) != 0)
    }

    /// What locks the agent.
    enum Lock: CaseIterable { case userSignal, hangUp, passphrase, lifetime }

    private func lock(_ scene: TerminalScene, by lock: Lock) throws {
        let shell = Shell(scene.world)
        switch lock {
        case .userSignal: kill(scene.world.agentPID, SIGUSR1)
        case .hangUp: kill(scene.world.agentPID, SIGHUP)
        case .passphrase:
            let answers = try shell.asking("a lock passphrase")
            for option in ["-x", "-X"] { #expect(shell.run("ssh-add \(option)", environment: answers).code == 0) }
        // Nothing but time.
        case .lifetime: break
        }
        try scene.world.wait("the lock") { scene.world.run("clave-add", ["-s"]).output.contains("locked") ? true : nil }
    }

    @Test(arguments: Lock.allCases)
    func `where the vault's passphrase was typed says yes from then on, until everything is locked`(
        by lock: Lock
    ) throws {
        let scene = try TerminalScene(arguments: lock == .lifetime ? ["-t", "3"] : [])
        scene.world.addAskedKey()
        let shell = try scene.unlock()
        // The lifetime may be over at any moment.
        for round in 1..<(lock == .lifetime ? 1 : 3) {
            let line = shell.start(TerminalShell.useKey)
            try shell.expect("to agree, anything else to refuse:", times: round)
            shell.person.type("yes\n")
            #expect(try shell.end(of: line) == 0, "\(shell.output(of: line))")
        }
        try self.lock(scene, by: lock)
        scene.world.addAskedKey()
        let line = shell.start(TerminalShell.useKey)
        try shell.expect("To agree, type the passphrase of the agent's vault")
        shell.person.type("yes\n")
        try shell.expect("Wrong passphrases so far: 1.")
        shell.person.type(TerminalShell.passphrase + "\n")
        #expect(try shell.end(of: line) == 0, "\(shell.output(of: line))")
    }

    @Test func `of another session types the passphrase once, and a PIN is theirs`() throws {
        let scene = try TerminalScene()
        _ = try scene.unlock()
        let citizen = Citizen(scene.world)
        let shell = try TerminalShell(scene.world)
        for round in 1...2 {
            let reference = try #require(Citizen.reference(citizen.askPIN()))
            let line = shell.start("clave-pin -w 60")
            try shell.expect(reference)
            if round == 1 {
                try shell.expect("To agree, type the passphrase of the agent's vault")
                shell.person.type(TerminalShell.passphrase + "\n")
            } else {
                try shell.expect("to agree, anything else to refuse:")
                shell.person.type("yes\n")
            }
            #expect(try shell.end(of: line) == 0, "\(shell.output(of: line))")
            #expect(!shell.person.screen.contains(TerminalShell.passphrase))
        }
    }

    /// The terminal that sshd makes is a new one each time.
    @Test func `over ssh types the passphrase for a yes`() throws {
        let scene = try TerminalScene()
        _ = try scene.unlock()
        let ssh = Shell(scene.world)
        ssh.makeKey("ed25519", "login")
        #expect(ssh.run("ssh-add -q login").code == 0)
        scene.world.addAskedKey()
        let host = try LoginHost("far", ssh)
        let command = host.line("cd \(scene.world.folder); SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK ssh-add -T key.pub")
            .replacingOccurrences(of: "ssh -a", with: "ssh -tt -a")
            .replacingOccurrences(of: "$CLAVE_AUTH_SOCK", with: scene.world.environment["CLAVE_AUTH_SOCK"]!)
        let shell = try TerminalShell(scene.world)
        for typed in ["yes", TerminalShell.passphrase] {
            let line = shell.start("SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK " + command)
            // The other end of the ssh shows it.
            try scene.world.wait("the question") {
                let shown = shell.output(of: line)
                let isAsked = shown.contains("To agree, type the passphrase of the agent's vault")
                // What is typed before that is thrown away.
                return isAsked && shown.contains("Passphrase: ") ? true : nil
            }
            for _ in 0..<3 where !shell.hasEnded(line) {
                let before = shell.output(of: line).components(separatedBy: "Passphrase: ").count
                shell.person.type(typed + "\r")
                try scene.world.wait("the next") {
                    shell.hasEnded(line)
                        || shell.output(of: line).components(separatedBy: "Passphrase: ").count > before
                        ? true : nil
                }
            }
            #expect(try (shell.end(of: line) == 0) == (typed == TerminalShell.passphrase), "\(shell.output(of: line))")
        }
    }

    @Test(arguments: ["pinentry-curses", "pinentry-tty"])
    func `is asked by the agent itself, and not by a pinentry that knows nothing of the shell's jobs`(
        pinentry: String
    ) throws {
        let scene = try TerminalScene(["CLAVE_PINENTRY": "/usr/bin/\(pinentry)", "TERM": "xterm"])
        scene.world.addAskedKey()
        let shell = try scene.unlock()
        let line = shell.start(TerminalShell.useKey)
        try shell.expect("to agree, anything else to refuse:")
        shell.person.type("yes\n")
        #expect(try shell.end(of: line) == 0, "\(shell.output(of: line))")
    }
}
