import Foundation
import TestSupport
import Testing

/// Two virtual cards in two readers.
@Suite(.serialized) struct `Two cards in two readers` {
    /// Puts a second person's card into the second reader.
    private func second(
        _ cards: CardWorld, _ arguments: [String] = [], name: String = "BERTA/SEGONA/MOSTRA",
        document: String = "00000000T", generation: Int = 4
    ) throws -> Child {
        let folder = cards.world.folder + "/second"
        let made = cards.world.run(
            "clave-dnie-simulator",
            [
                "init", folder, "--generation", "\(generation)", "--name", name, "--document", document,
                "--pin", CardWorld.pin, "--can", "654321",
            ])
        try #require(made.code == 0, "\(made)")
        let trusted = cards.world.run(
            "/bin/sh",
            [
                "-ec", "cd \"$0\"; cat second/trust/component-root.pem >> config/clave-agent/dnie-test-roots.pem",
                cards.world.folder,
            ])
        try #require(trusted.code == 0, "\(trusted)")
        let child = try cards.service.insert(folder, ["--reader", "127.0.0.1:35964"] + arguments)
        try eventually("the second card to be in its reader") {
            cards.diagnose().output.components(separatedBy: ": a card.").count > 2
        }
        return child
    }

    /// The choices of the question for a reader, as the person sees them.
    private func choices(_ cards: CardWorld) -> [String] {
        cards.world.asked.split(separator: "\n").map(String.init).filter { $0.contains("Virtual PCD") }
    }

    @Test func `are told apart by whose they are, and the chosen one serves`() throws {
        let cards = try CardWorld()
        try cards.insertAndWait()
        let other = try second(cards)
        defer { other.end() }
        try cards.world.answer(field: "reader", "1")
        let made = cards.world.run("clave-add", ["--local", "-m", "dnie"])
        #expect(made.code == 0 && made.errors.contains("AINA PROVA (****5678Z) can sign now"), "\(made)")
        let listed = choices(cards)
        #expect(listed.contains { $0.contains("00 00") && $0.contains("AINA PROVA") }, "\(cards.world.asked)")
        #expect(listed.contains { $0.contains("00 01") && $0.contains("BERTA SEGONA") }, "\(cards.world.asked)")
        // The card of an identity is known among several: nobody is asked which.
        cards.world.forgetAsked()
        try cards.sign()
        #expect(!cards.world.asked.contains("Card reader"), "\(cards.world.asked)")
        // Without it, the other one is not taken for it.
        cards.remove()
        let refused = cards.world.run("clave-sign", ["-F", "cades", "-o", "/dev/null", cards.world.folder + "/text"])
        #expect(refused.code == 1 && refused.errors.contains("another card"), "\(refused)")
    }

    @Test func `of which one is over the air and one an older card say what is known of each`() throws {
        let cards = try CardWorld()
        try cards.insertAndWait(["--contactless"])
        let other = try second(cards, generation: 2)
        defer { other.end() }
        try cards.world.answer(field: "reader", "1")
        let made = cards.world.run("clave-add", ["--local", "-m", "dnie"])
        #expect(made.code == 0 && made.errors.contains("AINA PROVA (****5678Z) can sign now"), "\(made)")
        let listed = choices(cards)
        #expect(listed.contains { $0.contains("over the air; whose it is shows once") && !$0.contains("AINA") })
        #expect(
            listed.contains {
                $0.contains("DNIe 1.0, 2.0, chip ") && $0.contains("whose it is shows once its PIN is given")
            }, "\(listed)")
    }

    @Test func `of one person are told apart by their chips`() throws {
        let cards = try CardWorld()
        try cards.insertAndWait()
        let other = try second(cards, name: "AINA/PROVA/MOSTRA", document: "12345678Z")
        defer { other.end() }
        try cards.world.answer(field: "reader", "2")
        let made = cards.world.run("clave-add", ["--local", "-m", "dnie"])
        #expect(made.code == 0, "\(made)")
        let listed = choices(cards)
        #expect(listed.count(where: { $0.contains("AINA PROVA") && $0.contains(", chip ") }) == 2, "\(listed)")
        // A script names a reader as before.
        cards.world.forgetAsked()
        let named = cards.world.run("clave-add", ["--local", "-m", "dnie", "-f", "reader=00 00"])
        #expect(named.code == 0 && choices(cards).isEmpty, "\(named) \(cards.world.asked)")
        #expect(cards.world.run("clave-add", ["-l"]).output.split(separator: "\n").count == 2)
    }
}
