import Foundation
import Glibc
import TestSupport
import Testing

/// Two agents with sockets of their own and one vault between them.
@Suite struct `A vault between agents` {
    @Test func `is open in one of them at a time, and whole for the next`() throws {
        let world = try World()
        #expect(world.activate().code == 0)
        let second = world.run("clave-agent", ["-s", "-a", world.folder + "/second"])
        let pid = try #require(second.output.firstMatch(of: #/AGENT_PID=([0-9]+)/#).flatMap { pid_t($0.1) })
        defer { kill(pid, SIGTERM) }
        let other = ["CLAVE_AUTH_SOCK": world.folder + "/second"]

        let refused = world.run("clave-add", ["-l"], environment: other)
        #expect(refused.code == 1)
        #expect(refused.errors.contains("Another agent holds the vault"), "\(refused)")
        #expect(refused.errors.contains("process \(world.agentPID)"), "\(refused)")
        #expect(world.run("clave-add", ["-l"]).output.contains("AINA PROVA MOSTRA"))

        // The first lets go of the vault; the passphrase opens it in the second.
        kill(world.agentPID, SIGUSR1)
        try world.wait("the first to lock its vault") {
            world.run("clave-add", ["-s"]).output.contains("vault: locked") ? true : nil
        }
        let opened = world.run("clave-add", ["-l"], environment: other)
        #expect(opened.output.contains("AINA PROVA MOSTRA"), "\(opened)")
        #expect(world.run("clave-add", ["-l"]).code == 1)
    }
}
