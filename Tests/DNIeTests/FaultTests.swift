import DNIeSimulator
import SmartCard
import Testing

@testable import DNIe

/// Something goes wrong at each single exchange of a run, one after the other.
///
/// Not at once: they would wait for each other, because each secret's memory is the whole process's matter.
@Suite(.serialized) struct `A fault at every exchange` {
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
    ///
    /// - Returns: how many places there are.
    private func sweep(_ run: Run, _ fault: TestReader.Fault, _ check: (Outcome) throws -> Void) throws -> Int {
        let folder = try TestFolder()
        let known = CardCache(folder.path)
        try TestReader(run.card, run.interface).run(known)
        let contents = try #require(known.contents(of: run.card.model.serial))
        var place = 0
        while true {
            place += 1
            switch run.isKnown {
            case true where known.contents(of: contents.serial) != contents: known.keep(contents)
            case true: break
            case false: known.forget(contents.serial)
            }
            let reader = TestReader(run.card, run.interface, fault: (place, fault))
            let outcome = perform(place, reader, known, TestCard.pin)
            if reader.commands.count < place {
                #expect(outcome.error == nil && reader.isSignature(outcome.signature ?? []))
                return place - 1
            }
            try check(outcome)
            try servesAgain(outcome, contents)
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

    /// Whether the same card serves again with what was kept of it; that is the same after most places, so that not each
    /// is followed by another run.
    private func servesAgain(_ outcome: Outcome, _ contents: CardContents) throws {
        let (reader, kept) = (outcome.reader, outcome.cache.contents(of: contents.serial))
        #expect(reader.memory.counters.pinTries == 3, "\(outcome.place)")
        let isOdd = kept != nil && kept != contents
        guard isOdd || outcome.place % 8 == 0 else { return }
        reader.reinsert()
        #expect(reader.isSignature(try reader.run(outcome.cache)), "\(outcome.place)")
    }

    // MARK: Taken away

    @Test(
        arguments: Run.all.map { ($0, TestReader.Fault.removedAfter) } + [
            (Run.all[1], .removedBefore), (Run.all[5], .removedBefore),
        ])
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
        }
        #expect(count > (run.isKnown ? 18 : 40))
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

    @Test(arguments: [Run.all[1], Run.all[2], Run.all[5]], [TestReader.Fault.garbage, .truncated, .flipped])
    func `a damaged answer brings an error or the right signature`(run: Run, fault: TestReader.Fault) throws {
        try staysRight(run, fault)
    }

    private static let statuses: [(Run, TestReader.Fault)] =
        [(Run.all[2], .status(0x9000))]
        + [Run.all[1], Run.all[5]].flatMap { run in
            [0x9000, 0x6982, 0x6983, 0x6B00, 0x6C05, 0x6105].map { (run, .status($0)) }
        }

    @Test(arguments: statuses)
    func `a wrong status brings an error or the right signature`(run: Run, fault: TestReader.Fault) throws {
        try staysRight(run, fault)
    }

    private func staysRight(_ run: Run, _ fault: TestReader.Fault) throws {
        _ = try sweep(run, fault) { outcome in
            let isRight = outcome.reader.isSignature(outcome.signature ?? [])
            #expect((outcome.error == nil) == isRight, "\(outcome.place)")
            #expect(outcome.reader.tries <= 1)
        }
    }
}
