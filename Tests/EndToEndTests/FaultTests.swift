import AgentProtocol
import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `When things go wrong` {
    @Test func `a gateway that was killed is found again, and no PIN is lost or shown twice`() throws {
        let world = try World()
        world.activate()
        let citizen = Citizen(world)
        let reference = try #require(Citizen.reference(citizen.askPIN()))
        world.killGateway()
        // The PIN had been pushed, or is pushed again once the gateway is back: either way it comes once.
        try world.startGateway()
        let first = world.run("clave-pin", ["-w", "90", reference])
        #expect(first.code == 0)
        #expect(Citizen.title(citizen.type(first.output)) == "Welcome, AINA PROVA MOSTRA")
        #expect(world.run("clave-pin", ["-w", "3"]).code == 1)
        // A second one comes over the connection that the agent has made again by itself.
        let second = Citizen(world)
        second.askPIN()
        #expect(world.run("clave-pin", ["-w", "90"]).code == 0)
    }

    @Test func `a gateway with another key is not believed`() throws {
        let world = try World()
        world.activate()
        world.killGateway()
        try world.startGateway(state: "impostor")
        let citizen = Citizen(world)
        _ = citizen
        let link =
            "clave-agent:mobile?gateway=\(world.origin.replacingOccurrences(of: ":", with: "%3A").replacingOccurrences(of: "/", with: "%2F"))&token=AAECAwQFBgcICQoLDA0ODw"
        let refused = world.run("clave-requests", ["--link", link])
        #expect(refused.code == 1)
        #expect(refused.errors.contains("certificate is not trusted") || refused.errors.contains("key is not the one"))
    }

    @Test func `no agent, a dead agent and no gateway each say what to do`() throws {
        let world = try World(gateway: false, agent: false)
        let none = world.run("clave-pin", [], environment: ["CLAVE_AUTH_SOCK": ""])
        #expect(none.code == 2)
        #expect(none.errors.contains("eval \"$(clave-agent)\""))
        let dead = world.run("clave-pin", [], environment: ["CLAVE_AUTH_SOCK": world.folder + "/nothing"])
        #expect(dead.code == 2)
        try world.startAgent()
        let nowhere = world.run(
            "clave-add", ["-g", "https://localhost:1"], environment: ["CLAVE_GATEWAY_CA": ""])
        #expect(nowhere.code == 1)
        #expect(nowhere.errors.contains("can't be reached"))
        let unnamed = world.run("clave-add", [], environment: ["CLAVE_GATEWAY": ""])
        #expect(unnamed.errors.contains("production service has no public interface"))
    }

    @Test func `a gateway whose certificate nobody vouches for is refused`() throws {
        let world = try World()
        let refused = world.run("clave-add", ["--document", "12345678Z"], environment: ["CLAVE_GATEWAY_CA": ""])
        #expect(refused.code == 1)
        #expect(refused.errors.contains("not trusted"))
    }

    @Test func `without terminal and prompt program the answer is no, with the reason`() throws {
        let world = try World(agent: false)
        try world.startAgent(environment: ["CLAVE_ASKPASS": ""])
        let refused = world.tryToActivate()
        #expect(refused.code == 1)
        #expect(refused.errors.contains("no way to ask you"))
    }

    @Test func `a code that is wrong five times activates nothing`() throws {
        let world = try World()
        try world.answer("no")
        let script = """
            #!/bin/sh
            case $CLAVE_PROMPT_KIND in field) echo 000000 ;; *) echo 'a long passphrase' ;; esac
            """
        try writeProgram(script, to: world.folder + "/answer")
        let refused = world.tryToActivate()
        #expect(refused.code == 1)
        #expect(world.audit("wrong code, 0 tries left") == 1)
        #expect(world.audit("activate device") == 0)
        #expect(world.run("clave-add", ["-l"]).errors.contains("no identities"))
    }

    @Test func `a locked vault opens with the passphrase only, and then listens again`() throws {
        let world = try World()
        world.activate()
        world.stopAgent()
        try world.startAgent()
        #expect(world.run("clave-add", ["-s"]).output.contains("vault: locked"))
        try world.answer("yes", passphrase: "not this one")
        let wrong = world.run("clave-add", ["-l"])
        #expect(wrong.code == 1)
        #expect(wrong.errors.contains("passphrase is not right"))
        try world.answer("yes")
        #expect(world.run("clave-add", ["-l"]).output.contains("AINA PROVA MOSTRA"))
        Citizen(world).askPIN()
        #expect(world.run("clave-pin", ["-w", "60"]).code == 0)
    }

    @Test func `a core that crashes is started again, and the vault is locked`() throws {
        let world = try World()
        world.activate()
        let core = try #require(childNamed("clave-core", of: world.agentPID))
        kill(core, SIGKILL)
        try world.wait("the core to come back") {
            let status = world.run("clave-add", ["-s"])
            return status.output.contains("locked") ? true : nil
        }
        #expect(world.run("clave-add", ["-l"]).output.contains("AINA PROVA MOSTRA"))
    }

    @Test(.enabled(if: geteuid() == 0, "needs root, to become another user"))
    func `another user is turned away by what the kernel says, even where the files are open`() throws {
        let world = try World(gateway: false)
        for place in ["", "/run", "/run/clave-agent", "/run/clave-agent/agent.sock"] {
            chmod(world.folder + place, 0o777)
        }
        let stranger = world.run(
            "/usr/bin/setpriv",
            ["--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/ssh-add", "-l"],
            environment: ["SSH_AUTH_SOCK": world.folder + "/run/clave-agent/agent.sock"])
        // It may die of writing to who has hung up, before it can say so.
        #expect(stranger.code != 0)
        #expect(!stranger.output.contains("no identities"))
        let owner = world.run(
            "/usr/bin/ssh-add", ["-l"], environment: ["SSH_AUTH_SOCK": world.folder + "/run/clave-agent/agent.sock"])
        #expect(owner.output.contains("no identities"))
    }

    @Test func `an agent that is ended leaves nothing behind`() throws {
        let world = try World()
        world.activate()
        let pids = children(of: world.agentPID)
        #expect(!pids.isEmpty)
        world.stopAgent()
        try world.wait("the processes to end") { pids.allSatisfy { kill($0, 0) != 0 || isZombie($0) } ? true : nil }
        #expect(!FileManager.default.fileExists(atPath: world.folder + "/run/clave-agent/agent.sock"))
    }

    @Test func `a client that goes away withdraws its question`() throws {
        let world = try World(answers: "silence")
        world.activate()
        Citizen(world).askPIN()
        let tool = try world.begin("clave-pin", ["-w", "60"])
        try world.wait("the question") { world.asked.contains("May the program below") ? true : nil }
        #expect(childNamed("clave-prompt", of: world.agentPID) != nil)
        tool.end(SIGKILL)
        try world.wait("the question to vanish") { childNamed("clave-prompt", of: world.agentPID) == nil ? true : nil }
        try world.answer("yes")
        #expect(world.run("clave-pin", ["-w", "60"]).code == 0)
    }

    @Test func `activating on another device ends the first, and tells it`() throws {
        let (first, second) = (try World(), try World(gateway: false, agent: false))
        first.activate()
        try FileManager.default.createSymbolicLink(
            atPath: second.folder + "/gateway", withDestinationPath: first.folder + "/gateway")
        try second.startAgent()
        let other = second.run(
            "clave-add", ["-g", first.origin, "--document", "12345678Z", "--validity", "31-12-2030"])
        #expect(other.code == 0)
        try first.wait("the first device to hear of it") {
            first.run("clave-add", ["-l"]).output.contains("deactivated by the gateway") ? true : nil
        }
    }
}

func children(of parent: Int32) -> [Int32] {
    let text = (try? kernelText("/proc/\(parent)/task/\(parent)/children")) ?? ""
    return text.split(separator: " ").compactMap { Int32($0) }
}

/// The process of that name that another has started.
func childNamed(_ name: String, of parent: Int32) -> Int32? {
    children(of: parent).first {
        // The kernel keeps fifteen characters of a name.
        (try? kernelText("/proc/\($0)/comm")) == name.prefix(15) + "\n"
    }
}

private func isZombie(_ pid: Int32) -> Bool {
    (try? kernelText("/proc/\(pid)/stat"))?.contains(") Z ") ?? true
}
