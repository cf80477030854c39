import DNIeSimulator
import SmartCard
import Testing

@testable import DNIe

/// Something goes wrong at each single exchange of a run, one after the other.
@Suite struct `A fault at every exchange` {
    /// A run: which card it is, over what, and whether it has been seen before.
    struct Run: CustomTestStringConvertible, Sendable {
        let card: TestCard
        let interface: CardInterface
        let isKnown: Bool

        static let all = [
            Run(card: .second, interface: .contact, isKnown: false),
            Run(card: .second, interface: .contact, isKnown: true),
            Run(card: .fourth, interface: .contact, isKnown: false),
            Run(card: .fourth, interface: .contact, isKnown: true),
            Run(card: .fourth, interface: .contactless, isKnown: false),
            Run(card: .third, interface: .contactless, isKnown: true),
        ]

        var testDescription: String {
            "\(card.model.generation), \(interface), \(isKnown ? "known" : "new")"
        }
    }

    /// What became of a run with a fault.
    struct Outcome {
        let place: Int
        let reader: TestReader
        let signature: [UInt8]?
        let error: DNIeError?
        /// The stage that was told last.
        let stage: DNIeStage
        /// The card seen as it was left.
        let cache: CardCache
    }

    /// Runs with the fault at each place until it lies behind the run's end; the last run, without any, must succeed.
    private func sweep(
        _ run: Run, _ fault: TestReader.Fault, pin: String = TestCard.pin, _ check: (Outcome) throws -> Void
    ) throws -> Int {
        let folder = try TestFolder()
        var place = 0
        while true {
            place += 1
            let cache = CardCache(folder.path + "/\(place)")
            if run.isKnown { try TestReader(run.card, run.interface).run(cache) }
            let reader = TestReader(run.card, run.interface, fault: (place, fault))
            let outcome = perform(place, reader, cache, pin)
            if reader.commands.count < place {
                #expect(outcome.error == nil && reader.isSignature(outcome.signature ?? []))
                return place - 1
            }
            try check(outcome)
        }
    }

    private func perform(_ place: Int, _ reader: TestReader, _ cache: CardCache, _ pin: String) -> Outcome {
        var (signature, stage) = ([UInt8]?.none, DNIeStage.recognition)
        let error = failure { () throws(DNIeError) in
            let card = try reader.open { stage = $0 }
            try card.load(cache)
            _ = try card.beginPIN()
            try card.verify(secret(pin))
            signature = try card.sign(Message.digestInfo, for: .authentication)
        }
        return Outcome(place: place, reader: reader, signature: signature, error: error, stage: stage, cache: cache)
    }

    /// The same card in the same reader again, with what was kept of it.
    private func servesAgain(_ outcome: Outcome) throws {
        let reader = outcome.reader
        #expect(reader.memory.counters.pinTries == 3, "\(outcome.place)")
        reader.reinsert()
        #expect(reader.isSignature(try reader.run(outcome.cache)), "\(outcome.place)")
    }

    // MARK: Taken away

    @Test(arguments: Run.all, [TestReader.Fault.removedBefore, .removedAfter])
    func `a card that is taken away is said to be, and serves again`(run: Run, fault: TestReader.Fault) throws {
        let count = try sweep(run, fault) { outcome in
            guard case .removed(let stage) = outcome.error else {
                Issue.record("\(outcome.place): \(String(describing: outcome.error))")
                return
            }
            // Certificates behind the PIN are files, though nobody is told so.
            #expect(stage == outcome.stage || outcome.stage == .pin && stage == .files, "\(outcome.place)")
            #expect(outcome.reader.commands.count == outcome.place)
            #expect(outcome.reader.tries <= 1)
            try servesAgain(outcome)
        }
        #expect(count > (run.isKnown ? 20 : 40))
    }

    @Test(arguments: [Run.all[1], Run.all[3], Run.all[5]])
    func `a wrong PIN is tried at most once, wherever the card is taken away`(run: Run) throws {
        for fault in [TestReader.Fault.removedBefore, .removedAfter] {
            let folder = try TestFolder()
            let cache = CardCache(folder.path)
            try TestReader(run.card, run.interface).run(cache)
            var (place, hasEnded) = (0, false)
            while !hasEnded {
                place += 1
                let reader = TestReader(run.card, run.interface, fault: (place, fault))
                let outcome = perform(place, reader, cache, "Erroneo123")
                hasEnded = reader.commands.count < place
                #expect(reader.memory.counters.pinTries == 3 - reader.tries && reader.tries <= 1)
                #expect(outcome.signature == nil)
                if hasEnded { #expect(outcome.error == .wrongPIN(triesLeft: 2)) }
            }
        }
    }

    // MARK: Wrong answers

    private static let wrong: [TestReader.Fault] = [
        .garbage, .truncated, .flipped, .status(0x6F00), .status(0x6982), .status(0x9000), .status(0x6983),
        .status(0x6A82), .status(0x63C0), .status(0x6B00), .status(0x6282), .status(0x6C05), .status(0x6105),
    ]

    @Test(arguments: Run.all)
    func `a wrong answer brings an error or the right signature, and costs no try`(run: Run) throws {
        for fault in Self.wrong {
            _ = try sweep(run, fault) { outcome in
                let isRight = outcome.reader.isSignature(outcome.signature ?? [])
                #expect((outcome.error == nil) == isRight, "\(fault) \(outcome.place)")
                #expect(outcome.reader.tries <= 1)
                try servesAgain(outcome)
            }
        }
    }
}
