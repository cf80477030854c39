import DNIe
import Testing

@testable import CardDiagnosis
@testable import DNIe

@Suite struct `A card that is looked at` {
    private func look(_ card: MadeCard, _ reader: MemoryReader, _ settings: DNIeSettings? = nil) throws -> Listener {
        let listener = try Listener()
        try CardDiagnosis(listener.diagnosis(settings ?? card.settings), CardKind(reader.atr))
            .look(over: reader, reader.atr)
        return listener
    }

    private static let all = ["card good", "card note", "certificate good", "certificate good", "pin good"]

    @Test(arguments: [3, 4]) func `shows its certificates and the tries of its PIN`(generation: Int) throws {
        let card = generation == 3 ? MadeCard.third : .fourth
        let reader = MemoryReader(card)
        let listener = try look(card, reader)
        #expect(listener.verdicts == Self.all)
        #expect(listener.findings[0].text.hasPrefix("DNIe 3.0/4.0, chip 02"))
        #expect(listener.findings[1].text.contains("test card"))
        #expect(listener.findings[2].text.contains("to identify: valid until"))
        #expect(listener.findings[3].text.contains("to sign: valid until"))
        #expect(listener.text("pin") == "Tries of the PIN that are left: 3.")
        #expect(reader.pinTries == 3)
    }

    @Test func `of the second generation keeps its certificates to itself, which is nothing to mend`() throws {
        let listener = try look(.second, MemoryReader(.second))
        #expect(listener.verdicts == ["card good", "card note", "certificate note", "certificate note", "pin good"])
        #expect(listener.findings[0].text.hasPrefix("DNIe 2.0, chip 02"))
        #expect(listener.findings[2].text.contains("after its PIN only"))
    }

    @Test func `has certificates that are over, and says who makes new ones`() throws {
        var settings = MadeCard.fourth.settings
        settings.now += 50 * 365 * 86_400
        let listener = try look(.fourth, MemoryReader(.fourth), settings)
        #expect(listener.verdicts == ["card good", "card note", "certificate bad", "certificate bad", "pin good"])
        let text = listener.findings[2].text
        #expect(text.contains("expired on") && text.contains("A terminal of the police's makes a new one."))
    }

    @Test func `has certificates of the future, as the computer's clock goes`() throws {
        var settings = MadeCard.fourth.settings
        settings.now = 86_400
        let listener = try look(.fourth, MemoryReader(.fourth), settings)
        #expect(listener.verdicts == ["card good", "card note", "certificate bad", "certificate bad", "pin good"])
        #expect(listener.findings[3].text.contains("not valid before"))
        #expect(listener.findings[3].text.contains("clock"))
    }

    @Test(arguments: [2, 3, 4]) func `tells of its PIN's last try and of its end, and takes none`(generation: Int)
        throws
    {
        let card = [2: MadeCard.second, 3: .third, 4: .fourth][generation]!
        for (tries, verdict, words) in [(1, "pin note", "one try left"), (0, "pin bad", "The PIN is blocked")] {
            let reader = MemoryReader(card, pinTries: tries)
            let listener = try look(card, reader)
            #expect(listener.verdicts.last == verdict)
            #expect(listener.text("pin")?.contains(words) == true)
            #expect(reader.pinTries == tries)
        }
    }

    @Test func `of no known root is not believed`() throws {
        let listener = try Listener()
        let (diagnosis, reader) = (listener.diagnosis(), MemoryReader(.fourth))
        #expect(throws: DNIeError.notAuthentic(.identity)) {
            try CardDiagnosis(diagnosis, .generation3).look(over: reader, reader.atr)
        }
        #expect(listener.findings.isEmpty)
    }

    @Test func `taken out meanwhile is told as far as it came`() throws {
        var counts = Set<Int>()
        var place = 1
        while true {
            let listener = try Listener()
            let (diagnosis, reader) = (
                listener.diagnosis(MadeCard.fourth.settings), MemoryReader(.fourth, commands: place)
            )
            do throws(DNIeError) {
                try CardDiagnosis(diagnosis, .generation3).look(over: reader, reader.atr)
                break
            } catch {
                guard case .removed = error else { throw error }
            }
            counts.insert(listener.findings.count)
            place += 1
        }
        #expect(counts == [0, 4])
    }
}
