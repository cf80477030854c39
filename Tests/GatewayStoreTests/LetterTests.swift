import ClaveDomain
import GatewayStore
import Testing

/// Letters are asked for at 100 and good until 1,000.
@Suite struct `A letter` {
    private func issue(_ samples: PeopleSamples, _ document: NationalDocument? = nil, tries: Int = 2) throws {
        try samples.write { (tx) throws(StoreError) in
            try tx.letters.issue(to: document ?? samples.document, tries: tries, at: 100, until: 1000)
        }
    }

    /// A store with the entry of a person, and a letter to them.
    private func samples(_ engine: Engine) throws -> PeopleSamples {
        let samples = try PeopleSamples(engine)
        try samples.write { (tx) throws(StoreError) in try tx.census.put(samples.entry()) }
        try issue(samples)
        return samples
    }

    private func letters(_ samples: PeopleSamples) throws -> [LetterRecord] {
        try samples.read { (tx) throws(StoreError) in try tx.letters.list(to: samples.document, limit: 10) }
    }

    private func next(_ samples: PeopleSamples, at now: Int64 = 100) throws -> WaitingLetter? {
        try samples.read { (tx) throws(StoreError) in try tx.letters.nextToPrint(at: now) }
    }

    private func live(_ samples: PeopleSamples, at now: Int64 = 100) throws -> LetterRecord? {
        try samples.read { (tx) throws(StoreError) in try tx.letters.live(of: samples.document, at: now) }
    }

    @Test(arguments: Engine.allCases)
    func `has all that was written of it`(engine: Engine) throws {
        let samples = try samples(engine)
        let waiting = try #require(try next(samples))
        #expect(waiting.document == samples.document)
        #expect(waiting.name == "AINA PROVA MOSTRA")
        #expect(waiting.address == ["Carrer, 7", "08999 VILA"])
        #expect(waiting.language == "ca")
        #expect(waiting.sentAt == 100)
        #expect(waiting.expiresAt == 1000)
        #expect(waiting.seed.isEmpty)
        let letter = try #require(try live(samples))
        #expect(letter.number == waiting.number)
        #expect(letter.document == samples.document.text)
        #expect(letter.digest.isEmpty)
        #expect(letter.triesLeft == 2)
        #expect(letter.sentAt == 100)
        #expect(letter.expiresAt == 1000)
        #expect(letter.state == .live)
        #expect(letter.printedAt == 0)
        #expect(try letters(samples) == [letter])
    }

    @Test(arguments: Engine.allCases)
    func `is the only live one of a person`(engine: Engine) throws {
        let samples = try samples(engine)
        let error = #expect(throws: StoreError.self) { try issue(samples) }
        #expect(error?.kind == .refused(.liveLetter))
        try samples.write { (tx) throws(StoreError) in try tx.letters.void(of: samples.document) }
        try issue(samples)
        #expect(try letters(samples).map(\.state) == [.live, .void])
    }

    @Test(arguments: Engine.allCases)
    func `can be used until its time is over, which reading does not write`(engine: Engine) throws {
        let samples = try samples(engine)
        #expect(try live(samples, at: 999) != nil)
        #expect(try live(samples, at: 1000) == nil)
        #expect(try next(samples, at: 999) != nil)
        #expect(try next(samples, at: 1000) == nil)
        let letter = try #require(try live(samples))
        #expect(!letter.isExpired(at: 999))
        #expect(letter.isExpired(at: 1000))
        #expect(letter.state == .live)
    }

    @Test(arguments: Engine.allCases)
    func `keeps its seed until it is printed, and is known by it`(engine: Engine) throws {
        let samples = try samples(engine)
        let number = try #require(try next(samples)).number
        try samples.write { (tx) throws(StoreError) in try tx.letters.prepare(number, seed: [1, 2], digest: [7]) }
        #expect(try next(samples)?.seed == [1, 2])
        #expect(try live(samples)?.digest == [7])
        func setPrinted(_ seed: [UInt8]) throws -> Bool {
            try samples.write { (tx) throws(StoreError) in try tx.letters.setPrinted(number, seed: seed, at: 150) }
        }
        #expect(try !setPrinted([9]))
        #expect(try live(samples)?.printedAt == 0)
        #expect(try setPrinted([1, 2]))
        #expect(try live(samples)?.printedAt == 150)
        #expect(try next(samples) == nil)
        #expect(try !setPrinted([1, 2]))
    }

    @Test(arguments: Engine.allCases)
    func `that can't be printed is void, if it is still the same`(engine: Engine) throws {
        let samples = try samples(engine)
        let number = try #require(try next(samples)).number
        func void(_ seed: [UInt8]) throws {
            try samples.write { (tx) throws(StoreError) in try tx.letters.voidUnprintable(number, seed: seed) }
        }
        try samples.write { (tx) throws(StoreError) in try tx.letters.prepare(number, seed: [1], digest: [7]) }
        try void([2])
        #expect(try live(samples) != nil)
        try void([1])
        #expect(try letters(samples).map(\.state) == [.void])
    }

    @Test(arguments: Engine.allCases)
    func `is used once`(engine: Engine) throws {
        let samples = try samples(engine)
        let number = try #require(try live(samples)).number
        func use() throws -> Bool {
            try samples.write { (tx) throws(StoreError) in try tx.letters.use(number) }
        }
        #expect(try use())
        #expect(try !use())
        #expect(try live(samples) == nil)
        let used = try samples.read { (tx) throws(StoreError) in
            [
                try tx.letters.used(by: samples.document, at: 999)?.number,
                try tx.letters.used(by: samples.document, at: 1000)?.number,
            ]
        }
        #expect(used == [number, nil])
    }

    @Test(arguments: Engine.allCases)
    func `is void after the last wrong code`(engine: Engine) throws {
        let samples = try samples(engine)
        func countWrongCode() throws {
            try samples.write { (tx) throws(StoreError) in
                try tx.letters.countWrongCode(against: try tx.letters.live(of: samples.document, at: 100))
            }
        }
        try countWrongCode()
        #expect(try live(samples)?.triesLeft == 1)
        try countWrongCode()
        #expect(try letters(samples).map(\.state) == [.void])
        #expect(try letters(samples).map(\.triesLeft) == [0])
        // With none to spoil, nothing changes.
        try countWrongCode()
        #expect(try letters(samples).map(\.triesLeft) == [0])
    }

    @Test(arguments: Engine.allCases)
    func `is void of one person alone, and by another address only if it is printed`(engine: Engine) throws {
        let samples = try samples(engine)
        let other = try PeopleSamples.document(20_000_000)
        try issue(samples, other)
        try samples.write { (tx) throws(StoreError) in try tx.letters.voidPrinted(of: samples.document) }
        let letter = try #require(try live(samples))
        try samples.write { (tx) throws(StoreError) in
            try tx.letters.prepare(letter.number, seed: [1], digest: [7])
            _ = try tx.letters.setPrinted(letter.number, seed: [1], at: 150)
            try tx.letters.voidPrinted(of: samples.document)
        }
        #expect(try letters(samples).map(\.state) == [.void])
        let theirs = try samples.read { (tx) throws(StoreError) in try tx.letters.live(of: other, at: 100) }
        #expect(theirs != nil)
    }

    @Test(arguments: Engine.allCases)
    func `counts in its month, and is listed newest first`(engine: Engine) throws {
        let samples = try samples(engine)
        let other = try PeopleSamples.document(20_000_000)
        try samples.write { (tx) throws(StoreError) in
            try tx.letters.issue(to: other, tries: 1, at: 200, until: 1000)
        }
        let (counts, all, one) = try samples.read { (tx) throws(StoreError) in
            (
                [
                    try tx.letters.count(to: samples.document, after: 99),
                    try tx.letters.count(to: samples.document, after: 100), try tx.letters.count(to: other, after: 0),
                ], try tx.letters.list(to: nil, limit: 10), try tx.letters.list(to: nil, limit: 1)
            )
        }
        #expect(counts == [1, 0, 1])
        #expect(all.map(\.sentAt) == [200, 100])
        #expect(one.map(\.sentAt) == [200])
    }

    @Test(arguments: Engine.allCases)
    func `of who was removed is to be taken back, and its number waits for that`(engine: Engine) throws {
        let samples = try samples(engine)
        let number = try #require(try next(samples)).number
        func discardAll() throws -> Bool {
            try samples.write { (tx) throws(StoreError) in try tx.letters.discardAll(of: samples.document) }
        }
        func discarded() throws -> [Int64] {
            try samples.read { (tx) throws(StoreError) in try tx.letters.discarded() }
        }
        #expect(try discardAll())
        #expect(try !discardAll())
        #expect(try letters(samples).isEmpty)
        #expect(try discarded() == [number])
        // The next letter gets the number that is free, and is not printed before.
        try issue(samples)
        #expect(try next(samples) == nil)
        try samples.write { (tx) throws(StoreError) in
            try tx.letters.discard(number)
            try tx.letters.setTakenBack(number)
        }
        #expect(try discarded() == [])
        #expect(try next(samples)?.number == number)
    }
}
