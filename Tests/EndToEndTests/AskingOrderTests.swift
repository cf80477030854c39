import Foundation
import Glibc
import Posix
import TestSupport
import Testing

/// An agent with more than one way to ask; each program that is run writes its name down.
private struct Scene {
    let world: World
    let shell: Shell
    private var agent: Child?

    init() throws {
        world = try World(gateway: false, agent: false)
        shell = Shell(world)
        try askpass("ssh-askpass", "exit 0")
    }

    func askpass(_ name: String, _ body: String) throws {
        try writeProgram("#!/bin/sh\necho \(name) >>\"$HOME/run-programs\"\n\(body)\n", to: "\(world.folder)/\(name)")
    }

    /// What every agent here finds.
    private var ways: [String: String] {
        ["CLAVE_ASKPASS": "", "DISPLAY": ":99", "SSH_ASKPASS": world.folder + "/ssh-askpass"]
    }

    func start(_ extra: [String: String]) throws { try world.startAgent(environment: ways.merging(extra) { $1 }) }

    /// Starts it by the other agent's name.
    mutating func startAsSSHAgent(_ extra: [String: String]) throws {
        let folder = world.folder
        symlink(try program("clave-agent"), folder + "/ssh-agent")
        try Files.makeFolder(folder + "/run/clave-agent")
        agent = try world.begin(
            folder + "/ssh-agent", ["-D", "-a", folder + "/run/clave-agent/agent.sock"], ways.merging(extra) { $1 })
        try world.wait("the agent to listen") { world.run("clave-add", ["-s"]).code == 0 ? true : nil }
    }

    func end() { agent?.end() }

    /// Uses a key whose use is asked about; whether it was used.
    func useKey() -> Bool {
        shell.makeKey("ed25519", "key")
        return shell.run("ssh-add -q -c key && ssh-add -T key.pub").code == 0
    }

    /// The programs that were run.
    var asked: [Substring] {
        ((try? String(contentsOfFile: world.folder + "/run-programs", encoding: .utf8)) ?? "").split(separator: "\n")
    }
}

@Suite(.serialized) struct `The program that asks` {
    private let pinentry = "echo OK; while read line; do echo OK; done"

    @Test func `is SSH_ASKPASS for an agent that was called as ssh-agent, also where a pinentry is`() throws {
        var scene = try Scene()
        try scene.askpass("pinentry", pinentry)
        try scene.startAsSSHAgent(["CLAVE_PINENTRY": scene.world.folder + "/pinentry"])
        defer { scene.end() }
        #expect(scene.useKey())
        #expect(scene.asked == ["ssh-askpass"])
    }

    @Test(arguments: [(nil, ["pinentry"]), ("force", ["ssh-askpass"]), ("never", ["pinentry"])])
    func `is a pinentry for this agent, unless SSH_ASKPASS_REQUIRE says force`(
        requirement: String?, expected: [Substring]
    ) throws {
        let scene = try Scene()
        try scene.askpass("pinentry", pinentry)
        try scene.start([
            "CLAVE_PINENTRY": scene.world.folder + "/pinentry", "SSH_ASKPASS_REQUIRE": requirement ?? "",
        ])
        #expect(scene.useKey())
        #expect(scene.asked == expected)
    }

    /// Without a session bus it falls back to curses, which have no terminal here.
    @Test func `is the next one where Debian's pinentry-gnome3 has no desktop`() throws {
        let scene = try Scene()
        try scene.start(["CLAVE_PINENTRY": "/usr/bin/pinentry-gnome3"])
        #expect(scene.useKey())
        #expect(scene.asked == ["ssh-askpass"])
        try scene.askpass("ssh-askpass", "exit 1")
        #expect(!scene.useKey())
    }
}
