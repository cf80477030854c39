import Foundation
import Glibc
import TestSupport
import Testing

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
        let scene = try TerminalScene(environment)
        // `CLAVE_PROMPT` leaves no way for a passphrase, then a window has opened the vault.
        if environment["CLAVE_PROMPT"] == nil {
            _ = try scene.unlock()
        } else {
            let pinentry = scene.world.folder + "/pinentry-curses"
            try writeProgram(
                """
                #!/bin/sh
                if [ -e "$HOME/window" ]; then
                echo OK; while read line; do case $line in GETPIN) echo 'D \(TerminalShell.passphrase)'; echo OK;; *) echo OK;; esac; done
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
        scene.world.addAskedKey()
        let key = SelfAnswering.run(scene.world, "cd; " + TerminalShell.useKey, typing: Self.words)
        #expect(key.code != 0, "\(key)")
    }

    @Test func `does not make the vault, whose passphrase it would know`() throws {
        let scene = try TerminalScene(isActivated: false)
        scene.world.addAskedKey()
        let key = SelfAnswering.run(scene.world, "cd; " + TerminalShell.useKey, typing: Self.words)
        #expect(key.code != 0, "\(key)")
        try scene.world.startGateway()
        let activation = SelfAnswering.run(
            scene.world, "clave-add --document 12345678Z --validity 31-12-2030", typing: ["a made-up passphrase\n"])
        #expect(activation.code == 1 && activation.output.contains("no way to ask"), "\(activation)")
        #expect(scene.world.run("clave-add", ["-s"]).output.contains("vault: none"))
    }

    /// Has another agent of the same user's make a vault with a passphrase that the program knows, and puts it in the place
    /// of the person's.
    private func exchangeVault(of scene: TerminalScene) throws {
        let theirs = try World(agent: false)
        try theirs.answer("yes", passphrase: "a made-up passphrase")
        try theirs.startAgent()
        theirs.activate()
        theirs.stopAgent()
        let file = "/data/clave-agent/vault"
        #expect(scene.world.run("/bin/cp", [theirs.folder + file, scene.world.folder + file]).code == 0)
    }

    @Test func `gains nothing by another vault in the place of the person's`() throws {
        let scene = try TerminalScene()
        scene.world.addAskedKey()
        try exchangeVault(of: scene)
        let opening = SelfAnswering.run(scene.world, "clave-add -l", typing: ["a made-up passphrase\n"])
        #expect(opening.code == 1, "\(opening)")
        #expect(scene.world.run("clave-add", ["-s"]).output.contains("vault: locked"))
        let key = SelfAnswering.run(
            scene.world, "cd; " + TerminalShell.useKey, typing: ["a made-up passphrase\n", "yes\n"])
        #expect(key.code != 0, "\(key)")
    }

    @Test func `gains nothing by killing the core once another vault is in the place of the person's`() throws {
        let scene = try TerminalScene()
        try exchangeVault(of: scene)
        for _ in 0..<2 {
            let core = try #require(childNamed("clave-core", of: scene.world.agentPID))
            kill(core, SIGKILL)
            try scene.world.wait("another core") { () -> Bool? in
                guard let next = childNamed("clave-core", of: scene.world.agentPID), next != core else { return nil }
                return scene.world.run("clave-add", ["-s"]).code == 0 ? true : nil
            }
            scene.world.addAskedKey()
            let key = SelfAnswering.run(
                scene.world, "cd; " + TerminalShell.useKey, typing: ["a made-up passphrase\n", "yes\n"])
            #expect(key.code != 0, "\(key)")
            #expect(key.output.contains("Wrong passphrases so far: 1."), "\(key)")
        }
        // The person's own passphrase is a yes all the same.
        let shell = try TerminalShell(scene.world)
        let line = shell.start(TerminalShell.useKey)
        try shell.expect("To agree, type the passphrase of the agent's vault")
        shell.person.type(TerminalShell.passphrase + "\n")
        #expect(try shell.end(of: line) == 0, "\(shell.output(of: line))")
    }
}
