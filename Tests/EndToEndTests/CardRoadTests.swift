import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `A DNIe` {
    @Test(arguments: [(2, false), (3, false), (4, false), (3, true), (4, true)])
    func `activates and signs, by contact and over the air`(kind: (generation: Int, overTheAir: Bool)) throws {
        let cards = try CardWorld(kind.generation)
        let world = cards.world
        try cards.insert(kind.overTheAir ? ["--contactless"] : [])
        let said = cards.activate()
        #expect(said.code == 0 && said.errors.contains("Activated: AINA PROVA MOSTRA"), "\(said)")
        #expect(said.errors.contains("This is a test card: it is none of the police's."))
        #expect(world.asked.contains("PIN of the DNIe\nTries left: 3."))
        #expect(world.asked.contains("Card access number (CAN)") == kind.overTheAir)
        try cards.sign()
        let listed = world.run("clave-add", ["-L"])
        #expect(listed.output.contains("dnie:"), "\(listed)")
        #expect(cards.triesLeft == 3)
    }

    @Test func `is waited for, and a wrong number is asked for again`() throws {
        let cards = try CardWorld()
        let world = cards.world
        // The person answers twice, each time anew.
        let number = world.folder + "/field-can"
        try FileManager.default.removeItem(atPath: number)
        let commands = "mkfifo \"$0\"; echo 654321 >\"$0\"; sleep 0.2; echo \(CardWorld.can) >\"$0\""
        let person = try world.begin("/bin/sh", ["-c", commands, number])
        defer { person.end() }
        try eventually("the person is there") { access(number, F_OK) == 0 }
        let output = world.folder + "/said"
        let adding = try world.begin("clave-add", ["-m", "dnie"], output: output)
        try eventually("the person is told to hold the card to the reader") {
            ((try? String(contentsOfFile: output, encoding: .utf8)) ?? "").contains("Hold the DNIe to the reader")
        }
        try cards.insert(["--contactless"])
        #expect(adding.exitCode == 0)
        #expect(world.asked.contains("The number is not this card's."))
    }

    @Test func `whose number is kept asks for the PIN alone, and nobody is shown the number`() throws {
        let cards = try CardWorld()
        let world = cards.world
        try world.answer(field: "keep-can", "Yes")
        try cards.insert(["--contactless"])
        #expect(cards.activate().code == 0)
        try world.answer(field: "can", "000000")
        try cards.sign()
        for arguments in [["-L"], ["-l", "-j"]] {
            let listed = world.run("clave-add", arguments)
            #expect(listed.code == 0 && listed.output.contains("dnie:") && !listed.output.contains(CardWorld.can))
        }
        let vault = try Data(contentsOf: URL(filePath: world.folder + "/data/clave-agent/vault"))
        #expect(vault.range(of: Data(CardWorld.can.utf8)) == nil)
    }

    @Test func `counts wrong PINs with the person, and gives up its last try by an express yes only`() throws {
        let cards = try CardWorld()
        let world = cards.world
        try cards.insert()
        try world.answer(field: "pin", "Errada123")
        let said = cards.activate()
        #expect(said.code != 0, "\(said)")
        #expect(world.asked.contains("The PIN was wrong. Tries left: 2."))
        #expect(world.asked.contains("Only one try is left"))
        #expect(cards.triesLeft == 1)
        // The right one, at once and with a yes, brings them back.
        try world.answer(field: "pin", CardWorld.pin)
        #expect(cards.activate().code != 0)
        #expect(cards.triesLeft == 1)
        try world.answer(field: "last-try", "Yes")
        #expect(cards.activate().code == 0)
        #expect(cards.triesLeft == 3)
        try world.answer(field: "pin", "Errada123")
        #expect(cards.activate().code != 0)
        let blocked = cards.activate()
        #expect(blocked.errors.contains("The PIN is blocked. Only a terminal of the police's"), "\(blocked)")
        #expect(cards.triesLeft == 0)
    }

    @Test func `of nobody who is registered, or of no known root, activates nothing`() throws {
        let strange = try CardWorld(document: "12345679S")
        try strange.insert()
        let refused = strange.activate()
        #expect(refused.code != 0 && refused.errors.contains("You are not registered"), "\(refused)")
        let foreign = try CardWorld(trusted: false)
        try foreign.insert()
        let said = foreign.activate()
        #expect(said.code != 0 && said.errors.contains("its certificate is of no known root"), "\(said)")
        #expect(!foreign.world.asked.contains("PIN of the DNIe"))
    }

    @Test func `is needed itself for each signature, and another one does not serve`() throws {
        let cards = try CardWorld()
        let world = cards.world
        try cards.insert()
        #expect(cards.activate().code == 0)
        cards.remove()
        let other = world.folder + "/other"
        let made = world.run("clave-dnie-simulator", ["init", other, "--pin", CardWorld.pin])
        #expect(made.code == 0, "\(made)")
        try FileManager.default.removeItem(atPath: world.folder + "/config/clave-agent/dnie-test-roots.pem")
        try world.run(
            "/bin/sh",
            [
                "-c",
                "cat '\(cards.card)'/trust/component-root.pem '\(other)'/trust/component-root.pem > '\(world.folder)'/config/clave-agent/dnie-test-roots.pem",
            ]
        ).requireSuccess()
        let inserted = try cards.service.insert(other)
        defer { inserted.end() }
        let signed = world.run("clave-sign", ["-F", "cades", "-o", "/dev/null", world.folder + "/answers"])
        #expect(signed.code != 0 && signed.errors.contains("This is another card than the one"), "\(signed)")
    }

    @Test(arguments: [3, 12, 25, 38]) func `taken away in the middle leaves nothing half done`(place: Int) throws {
        let cards = try CardWorld()
        let output = cards.world.folder + "/said"
        func said() -> String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }
        try cards.insert(["--contactless", "--fault", "remove@\(place)"])
        let adding = try cards.world.begin("clave-add", ["-m", "dnie"], output: output)
        try eventually("it is told that the card was taken away") { said().contains("was taken away") }
        #expect(cards.triesLeft == 3)
        // Who holds it to the reader again goes on, before the PIN; after it, it is a start from the beginning.
        cards.remove()
        try cards.insert(["--contactless"])
        if adding.exitCode != 0 {
            #expect(said().contains("Nothing was signed; start again."), "\(said())")
            #expect(cards.world.run("clave-add", ["-l"]).output.isEmpty)
            #expect(cards.activate().code == 0)
        }
        #expect(cards.triesLeft == 3)
    }
}

extension Outcome {
    func requireSuccess() throws { try #require(code == 0, "\(self)") }
}
