import Foundation
import TestSupport
import Testing

@Suite struct `The vault` {
    @Test func `tells what opens it, open or not, and asks nothing`() throws {
        let world = try World()
        let none = world.run("clave-add", ["--vault"])
        #expect(none.code == 1 && none.errors.contains("clave-add"), "\(none)")
        world.activate()
        let asked = world.asked
        for state in ["open", "locked"] {
            let shown = world.run("clave-add", ["--vault"])
            #expect(shown.output.contains("Vault: \(world.folder)/data/clave-agent/vault\n"))
            #expect(shown.output.contains("Format 1; \(state); records: 1."))
            #expect(shown.output.contains("Opened by 1: passphrase (Argon2id, 3 passes over 64 MiB)"))
            let json = world.run("clave-add", ["--vault", "--json"]).output
            #expect(json.contains("\"vault\":\"\(state)\"") && json.contains("\"memory\":67108864"), "\(json)")
            world.stopAgent()
            try world.startAgent()
        }
        #expect(world.asked == asked)
    }

    @Test func `derives its key with more where it may, and never with less again`() throws {
        let world = try World()
        world.activate()
        for (memory, expected) in [(100, 100), (64, 100), (101, 101)] {
            world.stopAgent()
            try world.configure("KeyMemory \(memory)")
            try world.startAgent()
            #expect(world.run("clave-add", ["-l"]).output.contains("AINA PROVA MOSTRA"))
            #expect(world.run("clave-add", ["--vault"]).output.contains("3 passes over \(expected) MiB"))
        }
        try world.configure("KeyMemory 64")
        #expect(world.run("clave-add", ["--change-passphrase"]).code == 0)
        #expect(world.run("clave-add", ["--vault"]).output.contains("3 passes over 101 MiB"))
        #expect(world.asked.contains("Choose a new passphrase"))
    }

    @Test(arguments: [false, true]) func `changes its passphrase, open or not`(isLocked: Bool) throws {
        let world = try World()
        world.activate()
        if isLocked {
            world.stopAgent()
            try world.startAgent()
        }
        let script = """
            #!/bin/sh
            printf '%s\\n' "$1" >>"$HOME/asked"
            case $CLAVE_ASKPASS_HINT in passphrase) echo 'a long passphrase' ;; *) echo 'another passphrase' ;; esac
            """
        try writeProgram(script, to: world.folder + "/answer")
        #expect(world.run("clave-add", ["--change-passphrase"]).code == 0)
        #expect(world.asked.contains("Choose a new passphrase for the agent's vault."))
        #expect(world.run("clave-add", ["--log"]).output.contains("vault's passphrase changed"))
        world.stopAgent()
        try world.startAgent()
        let old = world.run("clave-add", ["-l"])
        #expect(old.code == 1 && old.errors.contains("passphrase is not right"), "\(old)")
        try writeProgram(script.replacingOccurrences(of: "'a long", with: "'another"), to: world.folder + "/answer")
        #expect(world.run("clave-add", ["-l"]).output.contains("AINA PROVA MOSTRA"))
    }

    @Test func `keeps its passphrase if the present one is wrong, or the new one is refused`() throws {
        let world = try World()
        world.activate()
        let before = try Data(contentsOf: URL(filePath: world.folder + "/data/clave-agent/vault"))
        for answers in [
            "passphrase) echo wrong ;; *) echo 'another passphrase'",
            "passphrase) echo 'a long passphrase' ;; *) exit 1",
        ] {
            try writeProgram(
                "#!/bin/sh\ncase $CLAVE_ASKPASS_HINT in \(answers) ;; esac\n", to: world.folder + "/answer")
            #expect(world.run("clave-add", ["--change-passphrase"]).code == 1)
        }
        #expect(try Data(contentsOf: URL(filePath: world.folder + "/data/clave-agent/vault")) == before)
    }
}
