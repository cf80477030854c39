import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `Looking for a DNIe` {
    private func objects(_ lines: String) throws -> [[String: Any]] {
        try lines.split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    // MARK: A card

    @Test func `in a terminal shows that all is well, without an agent, a question or a try of the PIN`() throws {
        let cards = try CardWorld()
        try cards.insertAndWait()
        cards.world.stopAgent()
        let said = cards.world.run(
            "/usr/bin/script", ["-qec", "clave-add -m dnie --diagnose", "/dev/null"],
            environment: cards.service.environment)
        #expect(said.code == 0 && !said.output.contains("[!!]"), "\(said)")
        for words in [
            "[ok] The card service (pcscd) runs.", "[ok] Reader Virtual PCD 00 00: a card.",
            "[ok] DNIe 3.0/4.0, chip 02",
            "[--] This is a test card", "[ok] Certificate to identify: valid until", "[ok] Certificate to sign: valid",
            "[ok] Tries of the PIN that are left: 3.", "[ok] Reader Virtual PCD 00 01: no card.",
        ] { #expect(said.output.contains(words), "\(words) in \(said.output)") }
        let findings = try objects(cards.diagnose("-j").output)
        #expect(findings.map { $0["subject"] as? String }.filter { $0 == "certificate" }.count == 2)
        #expect(findings.allSatisfy { ["good", "note"].contains($0["verdict"] as? String) })
        #expect(cards.world.asked.isEmpty && cards.triesLeft == 3)
    }

    @Test func `lists it with its holder, without a question, and the line leads to its activation`() throws {
        let cards = try CardWorld()
        let world = cards.world
        try cards.insertAndWait()
        let said = cards.available()
        #expect(said.code == 0 && said.output.hasPrefix("Virtual PCD 00 00: AINA PROVA\n"), "\(said)")
        #expect(said.output.contains("DNI or NIE: 12345678Z") && !said.output.contains("Can't be used"))
        let listed = try objects(cards.available("-j").output)
        #expect(listed.count == 1 && listed.first?["problem"] as? String == "")
        let reference = try #require(listed.first?["reference"] as? String)
        #expect(reference.hasPrefix("dnie:02") && said.output.contains("--certificate: \(reference)"))
        #expect(world.asked.isEmpty && cards.triesLeft == 3)
        let activated = world.run("clave-add", ["-m", "dnie", "--certificate", reference])
        #expect(activated.code == 0 && activated.errors.contains("Activated: AINA PROVA MOSTRA"), "\(activated)")
    }

    @Test func `over the air only says that its number would tell`() throws {
        let cards = try CardWorld()
        try cards.insertAndWait(["--contactless"])
        let said = cards.available()
        #expect(said.code == 0 && said.output.hasPrefix("Virtual PCD 00 00: perhaps a DNIe, over the air\n"), "\(said)")
        #expect(said.output.contains("Can't be used: It is read when its number (CAN) is given"))
        let seen = cards.diagnose()
        #expect(seen.code == 0 && seen.output.contains("[--] Perhaps a DNIe, over the air"), "\(seen)")
        #expect(cards.world.asked.isEmpty)
    }

    @Test func `finds a blocked PIN, and says who gives it back`() throws {
        let cards = try CardWorld()
        try cards.world.answer(field: "last-try", "Yes")
        try cards.world.answer(field: "pin", "Errada123")
        try cards.insert()
        #expect(cards.activate().code != 0 && cards.triesLeft == 0)
        let said = cards.diagnose()
        #expect(
            said.code == 1 && said.output.contains("[!!] The PIN is blocked. Only a terminal of the police's"),
            "\(said)")
    }

    @Test func `kept with its number needs none in a reader with contacts`() throws {
        let cards = try CardWorld()
        let world = cards.world
        try world.answer(field: "keep-can", "Yes")
        try cards.insert(["--contactless"])
        #expect(cards.activate().code == 0)
        try world.answer(field: "can", "000000")
        cards.remove()
        try cards.insertAndWait()
        try cards.sign()
    }

    // MARK: No card

    @Test func `says that the card service does not run, and how to start it`() throws {
        let cards = try CardWorld()
        cards.service.stop()
        for said in [cards.diagnose(), cards.available(), cards.activate()] {
            #expect(said.code != 0, "\(said)")
            #expect((said.output + said.errors).contains("The card service (pcscd) does not run."), "\(said)")
            #expect((said.output + said.errors).contains("systemctl start pcscd.socket"))
        }
        let findings = try objects(cards.diagnose("-j").output)
        #expect(findings.count == 1 && findings.first?["subject"] as? String == "service")
        #expect(findings.first?["verdict"] as? String == "bad")
    }

    @Test func `says that no reader is there`() throws {
        let cards = try CardWorld(hasReader: false)
        let said = cards.diagnose()
        #expect(said.code == 1 && said.output.contains("[!!]") && said.output.contains("reader"), "\(said)")
        let listed = cards.available()
        #expect(listed.code == 0 && listed.errors.contains("clave-add -m dnie --diagnose"), "\(listed)")
        let output = cards.world.folder + "/said"
        let adding = try cards.world.begin("clave-add", ["-m", "dnie"], output: output)
        defer { adding.end(SIGKILL) }
        try eventually("the person is told that there is no reader") {
            try String(contentsOfFile: output, encoding: .utf8).contains("No card reader is there. Connect one.")
        }
    }

    @Test func `asks for a card, and says of another one that it is no DNIe`() throws {
        let cards = try CardWorld()
        let empty = cards.diagnose()
        #expect(empty.code == 0 && empty.output.contains("[--] Hold the DNIe to the reader, or insert it"), "\(empty)")
        let other = try cards.service.start(program("clave-card-tester"), ["card", "35963", "3B800181"])
        defer { other.end() }
        try eventually("the card to be in the reader") { cards.diagnose().output.contains(": a card.") }
        let said = cards.diagnose()
        #expect(said.code == 1 && said.output.contains("[!!] The card in the reader is no DNIe."), "\(said)")
        let listed = cards.available()
        #expect(listed.output.isEmpty && listed.errors.contains("No DNIe is in a reader."), "\(listed)")
    }

    // MARK: Another program

    @Test func `names the program that has the card, and finds the card when that lets go`() throws {
        let cards = try CardWorld()
        try cards.insertAndWait()
        let holder = try cards.service.hold()
        defer { holder.end(SIGKILL) }
        for said in [cards.diagnose(), cards.available(), cards.activate()] {
            let text = said.output + said.errors
            #expect(text.contains("Another program uses the card ("), "\(said)")
            // Of more than three programs that may have it, this may be the fourth.
            #expect(text.contains(CardService.holder) || text.contains(", …)"), "\(said)")
            #expect(text.contains("Close it, then try again."))
        }
        #expect(cards.diagnose().code == 1 && cards.activate().code != 0)
        let listed = cards.available()
        #expect(listed.output.contains("Can't be used: Another program uses the card"), "\(listed)")
        holder.end(SIGKILL)
        for said in [cards.diagnose(), cards.activate()] { #expect(said.code == 0, "\(said)") }
        #expect(cards.triesLeft == 3)
    }
}
