import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `A backup of the vault` {
    private let world: World
    private var backup: String { world.folder + "/backup" }
    private var vault: String { world.folder + "/data/clave-agent/vault" }

    init() throws {
        world = try World()
        world.activate()
    }

    private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

    private func listing() -> String { world.run("clave-add", ["-l"]).output }

    @Test func `is made once it has been read back and opened by the passphrase`() throws {
        let made = world.run("clave-add", ["--backup", backup])
        #expect(made.code == 0 && made.errors.contains("read back and opened; records: 1."), "\(made)")
        #expect(world.asked.contains("May the backup be opened, to see that it can be?"))
        #expect(world.asked.contains("type the passphrase of the backup"))
        #expect(try bytes(backup) == bytes(vault))
        let attributes = try FileManager.default.attributesOfItem(atPath: backup)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let again = world.run("clave-add", ["--backup", backup])
        #expect(again.code == 1 && again.errors.contains("is there already"), "\(again)")
        let other = world.run("clave-add", ["--backup", backup + "2", "-j"])
        #expect(other.output == "{\"backup\":\"\(backup)2\",\"records\":1}\n")
    }

    @Test func `is not made if nobody opens it, and nothing is left of it`() throws {
        for (answers, passphrase) in [("yes", "wrong"), ("yes", "")] {
            try world.answer(answers, passphrase: passphrase)
            let refused = world.run("clave-add", ["--backup", backup])
            #expect(refused.code == 1, "\(refused)")
            #expect(
                try !FileManager.default.contentsOfDirectory(atPath: world.folder).contains {
                    $0.hasPrefix("backup") || $0.hasPrefix(".clave-")
                })
        }
        let nowhere = world.run("clave-add", ["--backup", world.folder + "/none/backup"])
        #expect(nowhere.code == 1 && nowhere.errors.contains("is no folder to which you may write"), "\(nowhere)")
    }

    @Test func `brings the identities back where there is no vault, and takes them along to another agent`() throws {
        #expect(world.run("clave-add", ["--backup", backup]).code == 0)
        world.stopAgent()
        try FileManager.default.removeItem(atPath: world.folder + "/data")
        try world.startAgent()
        #expect(listing() == "")
        let restored = world.run("clave-add", ["--restore", backup])
        #expect(restored.code == 0 && restored.errors.contains("restored, and open; records: 1."), "\(restored)")
        #expect(!restored.errors.contains("former"))
        #expect(listing().contains("AINA PROVA MOSTRA"))
        #expect(world.run("clave-add", ["--log"]).output.contains("vault restored from a backup"))
        world.stopAgent()
        try world.startAgent()
        #expect(listing().contains("AINA PROVA MOSTRA"))
    }

    @Test(arguments: [true, false])
    func `takes the place of a vault only by the person's word, and keeps that beside it`(
        isLocked: Bool
    ) throws {
        #expect(world.run("clave-add", ["--backup", backup]).code == 0)
        #expect(world.run("clave-add", ["-D"]).code == 0)
        world.activate("X1234567L", ["--support", "E12345678"])
        let present = try bytes(vault)
        if isLocked {
            world.stopAgent()
            try world.startAgent()
        }
        try world.answer("no", passphrase: "wrong")
        #expect(world.run("clave-add", ["--restore", backup]).code == 1)
        #expect(try bytes(vault) == present)
        try world.answer("yes")
        let restored = world.run("clave-add", ["--restore", backup])
        #expect(restored.code == 0 && restored.errors.contains("kept as \(vault).before-restore"), "\(restored)")
        #expect(world.asked.contains("May a backup take the place of the agent's vault?"))
        #expect(try bytes(vault + ".before-restore") == present)
        let names = listing()
        #expect(names.contains("AINA PROVA MOSTRA") && names.split(separator: "\n").count == 1, "\(names)")
    }

    @Test func `that is damaged, from a newer version or no backup changes nothing, and nobody is asked`() throws {
        #expect(world.run("clave-add", ["--backup", backup]).code == 0)
        let (whole, present, asked) = (try bytes(backup), try bytes(vault), world.asked)
        var newer = whole
        newer[18] = 2
        for (file, word) in [
            (whole.prefix(200), "is damaged"), (Data("text".utf8), "is damaged"), (Data(), "is damaged"),
            (newer, "newer version"),
        ] {
            try Data(file).write(to: URL(filePath: backup))
            let refused = world.run("clave-add", ["--restore", backup])
            #expect(refused.code == 1 && refused.errors.contains(word), "\(refused)")
        }
        try Data(repeating: 0, count: 2 << 20).write(to: URL(filePath: backup))
        #expect(world.run("clave-add", ["--restore", backup]).code == 1)
        #expect(world.asked == asked)
        var flipped = whole
        flipped[whole.count - 1] ^= 1
        try flipped.write(to: URL(filePath: backup))
        let refused = world.run("clave-add", ["--restore", backup])
        #expect(refused.code == 1 && refused.errors.contains("is damaged"), "\(refused)")
        #expect(try bytes(vault) == present)
        #expect(!FileManager.default.fileExists(atPath: vault + ".before-restore"))
        #expect(listing().contains("AINA PROVA MOSTRA"))
    }
}
