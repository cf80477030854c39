import Foundation
import Glibc
import TestSupport
import Testing

/// The agent and its person, who has ways to be asked that the tests choose.
private struct Scene {
    let world: World
    static let passphrase = "a long passphrase"

    /// - Parameters:
    ///   - extra: the agent's environment; by default nothing but terminals to ask on.
    ///   - isActivated: whether there is a vault with an identity.
    ///   - arguments: the agent's.
    init(
        _ extra: [String: String] = [:], isActivated: Bool = true, startsAgent: Bool = true, arguments: [String] = []
    ) throws {
        world = try World(gateway: isActivated, agent: false)
        if isActivated {
            try world.startAgent()
            world.activate()
            world.stopAgent()
        }
        guard startsAgent else { return }
        try world.startAgent(arguments: arguments, environment: ["CLAVE_ASKPASS": ""].merging(extra) { $1 })
    }

    /// The person unlocks the vault on a terminal of theirs.
    func unlock() throws -> TerminalShell {
        let shell = try TerminalShell(world)
        let line = shell.start("clave-add -l")
        try shell.expect("Passphrase:")
        shell.person.type(Self.passphrase + "\n")
        #expect(try shell.end(of: line) == 0)
        return shell
    }

    /// Adds a key whose use is asked about.
    func addKey() {
        let ssh = Shell(world)
        ssh.makeKey("ed25519", "key")
        #expect(ssh.run("ssh-add -q -t 600 -c key").code == 0)
    }

    static let useKey = "SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK ssh-add -T key.pub"
}

@Suite(.serialized) struct `A program that answers itself on a terminal of its own` {
    private static let words = ["yes\n", "y", "\r", "si\n"]

    /// By how the agent may ask: on terminals, by a pinentry for them, and by one that falls back to them.
    @Test(arguments: [
        [:], ["CLAVE_PINENTRY": "/usr/bin/pinentry-curses"], ["CLAVE_PINENTRY": "/usr/bin/pinentry-tty"],
        ["DISPLAY": ":99"], ["DISPLAY": ":99", "CLAVE_PINENTRY": "/usr/bin/pinentry-gnome3"],
        ["CLAVE_PINENTRY": "/usr/bin/pinentry-curses", "CLAVE_PROMPT": "pinentry"],
    ])
    func `has neither a PIN nor an approval nor the use of an ssh key, though the vault is open`(
        environment: [String: String]
    ) throws {
        let scene = try Scene(environment)
        // `CLAVE_PROMPT` leaves no way for a passphrase, then a window has opened the vault.
        if environment["CLAVE_PROMPT"] == nil {
            _ = try scene.unlock()
        } else {
            let pinentry = scene.world.folder + "/pinentry-curses"
            try writeProgram(
                """
                #!/bin/sh
                if [ -e "$HOME/window" ]; then
                echo OK; while read line; do case $line in GETPIN) echo 'D \(Scene.passphrase)'; echo OK;; *) echo OK;; esac; done
                else exec /usr/bin/pinentry-curses "$@"; fi
                """, to: pinentry)
            try scene.world.touch("window")
            scene.world.stopAgent()
            try scene.world.startAgent(
                environment: environment.merging(["CLAVE_ASKPASS": "", "CLAVE_PINENTRY": pinentry]) { $1 })
            #expect(scene.world.run("clave-add", ["-l"]).code == 0)
            unlink(scene.world.folder + "/window")
        }
        let citizen = Citizen(scene.world)
        citizen.askPIN()
        let pin = SelfAnswering.run(scene.world, "clave-pin -w 30", typing: Self.words)
        #expect(pin.code == 1, "\(pin)")
        Citizen(scene.world).askApproval()
        let approval = SelfAnswering.run(scene.world, "clave-requests -n -w 30", typing: Self.words)
        #expect(approval.code == 1, "\(approval)")
        scene.addKey()
        let key = SelfAnswering.run(scene.world, "cd; " + Scene.useKey, typing: Self.words)
        #expect(key.code != 0, "\(key)")
    }

    @Test func `does not make the vault, whose passphrase it would know`() throws {
        let scene = try Scene(isActivated: false)
        scene.addKey()
        let key = SelfAnswering.run(scene.world, "cd; " + Scene.useKey, typing: Self.words)
        #expect(key.code != 0, "\(key)")
        try scene.world.startGateway()
        let activation = SelfAnswering.run(
            scene.world, "clave-add --document 12345678Z --validity 31-12-2030", typing: ["a made-up passphrase\n"])
        #expect(activation.code == 1 && activation.output.contains("no way to ask"), "\(activation)")
        #expect(scene.world.run("clave-add", ["-s"]).output.contains("vault: none"))
    }

    /// Has another agent of the same user's make a vault with a passphrase that the program knows, and puts it in the place
    /// of the person's.
    private func exchangeVault(of scene: Scene) throws {
        let theirs = try World(agent: false)
        try theirs.answer("yes", passphrase: "a made-up passphrase")
        try theirs.startAgent()
        theirs.activate()
        theirs.stopAgent()
        let file = "/data/clave-agent/vault"
        #expect(scene.world.run("/bin/cp", [theirs.folder + file, scene.world.folder + file]).code == 0)
    }

    @Test func `gains nothing by another vault in the place of the person's`() throws {
        let scene = try Scene()
        scene.addKey()
        try exchangeVault(of: scene)
        let opening = SelfAnswering.run(scene.world, "clave-add -l", typing: ["a made-up passphrase\n"])
        #expect(opening.code == 1, "\(opening)")
        #expect(scene.world.run("clave-add", ["-s"]).output.contains("vault: locked"))
        let key = SelfAnswering.run(scene.world, "cd; " + Scene.useKey, typing: ["a made-up passphrase\n", "yes\n"])
        #expect(key.code != 0, "\(key)")
    }

    @Test func `gains nothing by killing the core once another vault is in the place of the person's`() throws {
        let scene = try Scene()
        try exchangeVault(of: scene)
        for _ in 0..<2 {
            let core = try #require(childNamed("clave-core", of: scene.world.agentPID))
            kill(core, SIGKILL)
            try scene.world.wait("another core") { () -> Bool? in
                guard let next = childNamed("clave-core", of: scene.world.agentPID), next != core else { return nil }
                return scene.world.run("clave-add", ["-s"]).code == 0 ? true : nil
            }
            scene.addKey()
            let key = SelfAnswering.run(
                scene.world, "cd; " + Scene.useKey, typing: ["a made-up passphrase\n", "yes\n"])
            #expect(key.code != 0, "\(key)")
            #expect(key.output.contains("Wrong passphrases so far: 1."), "\(key)")
        }
        // The person's own passphrase is a yes all the same.
        let shell = try TerminalShell(scene.world)
        let line = shell.start(Scene.useKey)
        try shell.expect("To agree, type the passphrase of the agent's vault")
        shell.person.type(Scene.passphrase + "\n")
        #expect(try shell.end(of: line) == 0, "\(shell.output(of: line))")
    }
}

@Suite(.serialized) struct `A person at a terminal` {
    @Test func `on which the agent was started says yes there without a vault, also after everything was locked`()
        throws
    {
        let scene = try Scene(isActivated: false, startsAgent: false)
        let shell = try TerminalShell(scene.world, environment: ["CLAVE_ASKPASS": ""])
        let start = shell.start("clave-agent")
        #expect(try shell.end(of: start) == 0)
        let words = shell.output(of: start).components(separatedBy: "CLAVE_AGENT_PID=")
        let agent = try #require(words.count > 1 ? Int32(words[1].prefix { $0.isNumber }) : nil)
        defer { kill(agent, SIGTERM) }
        for (count, answer) in ["yes", "no", "yes"].enumerated() {
            scene.addKey()
            let line = shell.start(Scene.useKey)
            try shell.expect("to agree, anything else to refuse:", times: count + 1)
            shell.person.type(answer + "\n")
            #expect(try (shell.end(of: line) == 0) == (answer == "yes"), "\(shell.output(of: line))")
            let lock = try TerminalShell(scene.world)
            #expect(try lock.end(of: lock.start("kill -USR1 \(agent)")) == 0)
            try scene.world.wait("the keys to go") { Shell(scene.world).listed == 0 ? true : nil }
        }
        // Another terminal of the same person's is none of these.
        scene.addKey()
        let other = try TerminalShell(scene.world)
        #expect(try other.end(of: other.start(Scene.useKey)) != 0)
    }

    /// What locks the agent.
    enum Lock: CaseIterable { case userSignal, hangUp, passphrase, lifetime }

    private func lock(_ scene: Scene, by lock: Lock) throws {
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
        let scene = try Scene(arguments: lock == .lifetime ? ["-t", "3"] : [])
        scene.addKey()
        let shell = try scene.unlock()
        // The lifetime may be over at any moment.
        for round in 1..<(lock == .lifetime ? 1 : 3) {
            let line = shell.start(Scene.useKey)
            try shell.expect("to agree, anything else to refuse:", times: round)
            shell.person.type("yes\n")
            #expect(try shell.end(of: line) == 0, "\(shell.output(of: line))")
        }
        try self.lock(scene, by: lock)
        scene.addKey()
        let line = shell.start(Scene.useKey)
        try shell.expect("To agree, type the passphrase of the agent's vault")
        shell.person.type("yes\n")
        try shell.expect("Wrong passphrases so far: 1.")
        shell.person.type(Scene.passphrase + "\n")
        #expect(try shell.end(of: line) == 0, "\(shell.output(of: line))")
    }

    @Test func `of another session types the passphrase once, and a PIN is theirs`() throws {
        let scene = try Scene()
        _ = try scene.unlock()
        let citizen = Citizen(scene.world)
        let shell = try TerminalShell(scene.world)
        for round in 1...2 {
            let reference = try #require(Citizen.reference(citizen.askPIN()))
            let line = shell.start("clave-pin -w 60")
            try shell.expect(reference)
            if round == 1 {
                try shell.expect("To agree, type the passphrase of the agent's vault")
                shell.person.type(Scene.passphrase + "\n")
            } else {
                try shell.expect("to agree, anything else to refuse:")
                shell.person.type("yes\n")
            }
            #expect(try shell.end(of: line) == 0, "\(shell.output(of: line))")
            #expect(!shell.person.screen.contains(Scene.passphrase))
        }
    }

    /// The terminal that sshd makes is a new one each time.
    @Test func `over ssh types the passphrase for a yes`() throws {
        let scene = try Scene()
        _ = try scene.unlock()
        let ssh = Shell(scene.world)
        ssh.makeKey("ed25519", "login")
        #expect(ssh.run("ssh-add -q login").code == 0)
        scene.addKey()
        let host = try LoginHost("far", ssh)
        let command = host.line("cd \(scene.world.folder); SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK ssh-add -T key.pub")
            .replacingOccurrences(of: "ssh -a", with: "ssh -tt -a")
            .replacingOccurrences(of: "$CLAVE_AUTH_SOCK", with: scene.world.environment["CLAVE_AUTH_SOCK"]!)
        let shell = try TerminalShell(scene.world)
        for typed in ["yes", Scene.passphrase] {
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
            #expect(try (shell.end(of: line) == 0) == (typed == Scene.passphrase), "\(shell.output(of: line))")
        }
    }

    @Test(arguments: ["pinentry-curses", "pinentry-tty"])
    func `is asked by the agent itself, and not by a pinentry that knows nothing of the shell's jobs`(
        pinentry: String
    ) throws {
        let scene = try Scene(["CLAVE_PINENTRY": "/usr/bin/\(pinentry)", "TERM": "xterm"])
        scene.addKey()
        let shell = try scene.unlock()
        let line = shell.start(Scene.useKey)
        try shell.expect("to agree, anything else to refuse:")
        shell.person.type("yes\n")
        #expect(try shell.end(of: line) == 0, "\(shell.output(of: line))")
    }
}
