import Foundation
import Glibc
import TestSupport
import Testing

/// An agent with a vault, a person at the terminal on which it was started, and nothing but terminals to ask on.
private struct Scene {
    let world: World
    let shell: TerminalShell
    private let agent: Int32

    init() throws {
        world = try World(gateway: true, agent: false)
        try world.startAgent()
        world.activate()
        world.stopAgent()
        shell = try TerminalShell(world, environment: ["CLAVE_ASKPASS": ""])
        agent = try shell.startAgent()
    }

    func end() { kill(agent, SIGTERM) }

    /// Terminals that nobody reads, with a program on each that asks again and again: 24, each in a session of its own.
    func storm(_ command: String) throws -> Child {
        let script = """
            import os, pty, signal, sys, time
            masters = []
            for _ in range(24):
                pid, master = pty.fork()
                if pid == 0:
                    os.execvp('sh', ['sh', '-c', 'cd; while :; do echo >>storms; ' + sys.argv[1] + '; sleep 0.1; done'])
                masters.append(master)
            time.sleep(600)   # The terminals go with this process, and the programs with them.
            """
        let storm = try Child(
            "/usr/bin/python3", ["-c", script, command], environment: world.environment)
        try world.wait("the storm") {
            let file = (try? Data(contentsOf: URL(fileURLWithPath: world.folder + "/storms"))) ?? Data()
            return file.count >= 24 ? true : nil
        }
        try world.wait("a stranger's question") { prompts > 0 ? true : nil }
        return storm
    }

    /// The questions that are open now.
    private var prompts: Int {
        let outcome = runProgram("/usr/bin/pgrep", ["-c", "-P", "\(agent)", "clave-prompt"], environment: [:])
        return Int(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }
}

@Suite(.serialized) struct `Beside programs that ask on terminals which nobody reads, the person` {
    @Test func `is asked about a key on the agent's own terminal, and on one for which they have vouched`() throws {
        let scene = try Scene()
        defer { scene.end() }
        let other = try TerminalShell(scene.world)
        try other.unlock()
        scene.world.addAskedKey()
        let storm = try scene.storm(TerminalShell.useKey)
        defer { storm.end(SIGKILL) }
        // Both at the same time: neither waits for the other.
        let lines = (scene.shell.start(TerminalShell.useKey), other.start(TerminalShell.useKey))
        for shell in [scene.shell, other] { try shell.expect("to agree, anything else to refuse:") }
        for shell in [other, scene.shell] { shell.person.type("yes\n") }
        #expect(try other.end(of: lines.1) == 0, "\(other.output(of: lines.1))")
        #expect(try scene.shell.end(of: lines.0) == 0, "\(scene.shell.output(of: lines.0))")
    }

    @Test func `opens the vault, which then serves all who waited for it`() throws {
        let scene = try Scene()
        defer { scene.end() }
        let storm = try scene.storm("clave-add -l >listed-$$ && mv listed-$$ done-$$")
        defer { storm.end(SIGKILL) }
        try scene.shell.unlock()
        try scene.world.wait("all to be served") {
            let files = try FileManager.default.contentsOfDirectory(atPath: scene.world.folder)
            return files.count { $0.hasPrefix("done-") } >= 24 ? true : nil
        }
    }

    @Test func `keeps their own question when a stranger's terminal says no to its`() throws {
        let scene = try Scene()
        defer { scene.end() }
        let line = scene.shell.start("clave-add -l")
        try scene.shell.expect("Passphrase:")
        // The end of input is a no.
        let stranger = SelfAnswering.run(scene.world, "clave-add -l", typing: ["\u{4}"])
        #expect(stranger.code == 1 && stranger.output.contains("Passphrase:"), "\(stranger)")
        #expect(!scene.shell.hasEnded(line))
        scene.shell.person.type(TerminalShell.passphrase + "\n")
        #expect(try scene.shell.end(of: line) == 0, "\(scene.shell.output(of: line))")
    }

    @Test func `is asked once for the passphrase by all that wait on one terminal, and their no is a no to all`() throws
    {
        let scene = try Scene()
        defer { scene.end() }
        let line = scene.shell.start(
            "(for n in 1 2 3 4 5 6 7 8 9 10 11 12; do clave-add -l >said-$n 2>&1 & done; wait; grep -l . said-* | wc -l)"
        )
        try scene.shell.expect("Passphrase:")
        // The rest of them have asked when these few, which need no vault, have been answered.
        try scene.world.wait("all to ask") {
            let running = runProgram("/usr/bin/pgrep", ["-c", "-x", "clave-add"], environment: [:])
            return Int(running.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 >= 12 ? true : nil
        }
        for _ in 0..<20 { _ = scene.world.run("clave-add", ["-s"]) }
        scene.shell.person.type("\u{4}")
        #expect(try scene.shell.end(of: line) == 0, "\(scene.shell.output(of: line))")
        #expect(scene.shell.output(of: line).contains("12"))
        #expect(scene.shell.person.screen.components(separatedBy: "Passphrase:").count == 2)
    }
}
