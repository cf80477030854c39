import Foundation
import Glibc
import TestSupport
import Testing

/// The agent with the real gnome-keyring-daemon on a session bus of the test's.
@Suite struct `A vault that the keyring opens` {
    private let world: World
    private let desktop: Desktop

    /// A world whose vault holds an identity, and has a slot of the keyring's.
    init() throws {
        desktop = try Desktop()
        world = try World(agent: false)
        try start()
        world.activate()
        let added = world.run("clave-add", ["--keyring"])
        #expect(added.code == 0 && added.errors.contains("keyring opens the vault when the agent starts"), "\(added)")
    }

    private func start(_ environment: [String: String]? = nil) throws {
        try world.startAgent(environment: environment ?? ["DBUS_SESSION_BUS_ADDRESS": desktop.address])
    }

    private func restart(_ environment: [String: String]? = nil) throws {
        world.stopAgent()
        try start(environment)
    }

    /// What a person has seen since.
    private func asked(since before: String) -> String { String(world.asked.dropFirst(before.count)) }

    @Test func `opens without a question when the agent starts anew, and the log says so`() throws {
        #expect(world.asked.contains("May the desktop's keyring open the agent's vault from now on?"))
        let shown = world.run("clave-add", ["--vault"]).output
        #expect(shown.contains("Opened by 1: passphrase") && shown.contains("Opened by 2: the desktop's keyring"))
        #expect(world.run("clave-add", ["--vault", "-j"]).output.contains("\"kind\":2"))
        try restart()
        let before = world.asked
        #expect(world.run("clave-add", ["-l"]).output.contains("AINA PROVA MOSTRA"))
        #expect(world.asked == before)
        #expect(world.run("clave-add", ["--log"]).output.contains("vault opened by the keyring"))
    }

    @Test func `opens by the passphrase while the keyring is locked, and the question says so`() throws {
        desktop.stopKeyring()
        try desktop.startKeyring(isOpen: false)
        try restart()
        let before = world.asked
        #expect(world.run("clave-add", ["-l"]).output.contains("AINA PROVA MOSTRA"))
        #expect(asked(since: before).contains("The desktop's keyring is locked."))
    }

    @Test func `opens by the passphrase without a session bus, and without a service on it`() throws {
        for environment in [
            ["DBUS_SESSION_BUS_ADDRESS": ""], ["DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"], nil,
        ] {
            desktop.stopKeyring()
            try restart(environment)
            let before = world.asked
            #expect(world.run("clave-add", ["-l"]).output.contains("AINA PROVA MOSTRA"))
            #expect(asked(since: before).contains("The desktop's keyring can't be reached."))
        }
    }

    @Test func `opens by the passphrase while the service hangs, and when it is killed then`() throws {
        try restart()
        desktop.service?.signal(SIGSTOP)
        var before = world.asked
        #expect(world.run("clave-add", ["-l"]).output.contains("AINA PROVA MOSTRA"))
        #expect(asked(since: before).contains("The desktop's keyring does not answer."))
        try restart()
        before = world.asked
        let listing = try world.begin("clave-add", ["-l"], output: world.folder + "/listing")
        usleep(500_000)
        desktop.stopKeyring()
        #expect(listing.exitCode == 0)
        #expect(asked(since: before).contains("The desktop's keyring can't be reached."))
    }

    @Test func `opens by the passphrase when somebody has deleted the entry`() throws {
        let search = ["clear", "xdg:schema", "org.clave-agent.VaultKey"]
        #expect(runProgram("/usr/bin/secret-tool", search, environment: desktop.environment).code == 0)
        try restart()
        let before = world.asked
        #expect(world.run("clave-add", ["-l"]).output.contains("AINA PROVA MOSTRA"))
        #expect(asked(since: before).contains("The desktop's keyring no longer holds the vault's key."))
    }

    @Test func `opens by the keyring under its new key, and by the passphrase alone once that was taken back`() throws {
        for change in ["--rekey", "--change-passphrase"] {
            let changed = world.run("clave-add", [change])
            #expect(changed.code == 0 && !changed.errors.contains("keyring"), "\(changed)")
            try restart()
            let before = world.asked
            #expect(world.run("clave-add", ["-l"]).output.contains("AINA PROVA MOSTRA"))
            #expect(world.asked == before)
        }
        let found = { [desktop] in
            runProgram(
                "/usr/bin/secret-tool", ["search", "--all", "xdg:schema", "org.clave-agent.VaultKey"],
                environment: desktop.environment
            ).output.components(separatedBy: "label = ").count - 1
        }
        #expect(found() == 1)
        #expect(world.run("clave-add", ["--no-keyring", "-j"]).output == "{\"keyring\":\"as_wanted\"}\n")
        #expect(found() == 0)
        try restart()
        let before = world.asked
        #expect(world.run("clave-add", ["-l"]).output.contains("AINA PROVA MOSTRA"))
        #expect(asked(since: before).contains("passphrase") && !asked(since: before).contains("keyring"))
    }

    @Test func `says what it could not do with the keyring`() throws {
        desktop.stopKeyring()
        let rekeyed = world.run("clave-add", ["--rekey"])
        #expect(rekeyed.code == 0 && rekeyed.errors.contains("no longer opens the vault"), "\(rekeyed)")
        let refused = world.run("clave-add", ["--keyring"])
        #expect(refused.code == 1 && refused.errors.contains("no Secret Service on the session bus"), "\(refused)")
        try desktop.startKeyring()
        #expect(world.run("clave-add", ["--keyring"]).code == 0)
        desktop.stopKeyring()
        let removed = world.run("clave-add", ["--no-keyring"])
        #expect(removed.code == 0 && removed.errors.contains("its entry remains there"), "\(removed)")
        #expect(!world.run("clave-add", ["--vault"]).output.contains("keyring"))
    }
}
