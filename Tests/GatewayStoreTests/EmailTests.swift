import GatewayStore
import Testing

/// E-mails may be sent, or their links followed, until 1,000.
@Suite struct `An e-mail` {
    /// A store with a registered person, to whom an e-mail waits.
    private func samples(_ engine: Engine) throws -> (PeopleSamples, person: Int64) {
        let samples = try PeopleSamples(engine)
        let id = try samples.register(try samples.new())
        try samples.write { (tx) throws(StoreError) in try tx.emails.queue(to: id, until: 1000) }
        return (samples, id)
    }

    private func next(_ samples: PeopleSamples, at now: Int64 = 100) throws -> PendingEmail? {
        try samples.read { (tx) throws(StoreError) in try tx.emails.nextToSend(at: now) }
    }

    private func find(_ samples: PeopleSamples, _ token: [UInt8], at now: Int64 = 100) throws -> PendingEmail? {
        try samples.read { (tx) throws(StoreError) in try tx.emails.find(token: token, at: now) }
    }

    @Test(arguments: Engine.allCases)
    func `waits without a token until it is tried`(engine: Engine) throws {
        let (samples, person) = try samples(engine)
        let waiting = try #require(try next(samples))
        #expect(waiting.citizen == person)
        #expect(waiting.token.isEmpty)
        #expect(waiting.tries == 0)
        #expect(waiting.sentAt == 0)
        #expect(waiting.expiresAt == 1000)
        #expect(try find(samples, []) == nil)
        #expect(try next(samples, at: 999) != nil)
        #expect(try next(samples, at: 1000) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `has a link that works for its time, and is sent once`(engine: Engine) throws {
        let (samples, person) = try samples(engine)
        try samples.write { (tx) throws(StoreError) in try tx.emails.beginTry(to: person, token: [1], until: 2000) }
        let tried = try #require(try find(samples, [1], at: 1999))
        #expect(tried.tries == 1)
        #expect(tried.expiresAt == 2000)
        #expect(try next(samples) == tried)
        #expect(try find(samples, [1], at: 2000) == nil)
        try samples.write { (tx) throws(StoreError) in try tx.emails.setSent(to: person, token: [9], at: 150) }
        #expect(try next(samples) != nil)
        try samples.write { (tx) throws(StoreError) in try tx.emails.setSent(to: person, token: [1], at: 150) }
        #expect(try next(samples) == nil)
        #expect(try find(samples, [1])?.sentAt == 150)
    }

    @Test(arguments: Engine.allCases)
    func `ends the link of the one before`(engine: Engine) throws {
        let (samples, person) = try samples(engine)
        try samples.write { (tx) throws(StoreError) in
            try tx.emails.beginTry(to: person, token: [1], until: 2000)
            try tx.emails.setSent(to: person, token: [1], at: 150)
            try tx.emails.queue(to: person, until: 3000)
        }
        #expect(try find(samples, [1]) == nil)
        let waiting = try #require(try next(samples))
        #expect(waiting.tries == 0)
        #expect(waiting.sentAt == 0)
        #expect(waiting.expiresAt == 3000)
    }

    @Test(arguments: Engine.allCases)
    func `is given up after its last try`(engine: Engine) throws {
        let (samples, person) = try samples(engine)
        func giveUp() throws -> Bool {
            try samples.write { (tx) throws(StoreError) in try tx.emails.giveUp(to: person, afterTries: 2) }
        }
        func beginTry(_ token: UInt8) throws {
            try samples.write { (tx) throws(StoreError) in
                try tx.emails.beginTry(to: person, token: [token], until: 2000)
            }
        }
        try beginTry(1)
        #expect(try !giveUp())
        try beginTry(2)
        #expect(try giveUp())
        #expect(try next(samples) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `of the earliest end is sent first`(engine: Engine) throws {
        let (samples, _) = try samples(engine)
        let other = try samples.register(
            try samples.new(try PeopleSamples.document(20_000_000), phone: "+34600000001"))
        try samples.write { (tx) throws(StoreError) in try tx.emails.queue(to: other, until: 900) }
        #expect(try next(samples)?.citizen == other)
    }

    @Test(arguments: Engine.allCases)
    func `is gone when it was removed or its time is over`(engine: Engine) throws {
        let (samples, person) = try samples(engine)
        try samples.write { (tx) throws(StoreError) in try tx.emails.removeExpired(at: 1000) }
        #expect(try next(samples) != nil)
        try samples.write { (tx) throws(StoreError) in try tx.emails.removeExpired(at: 1001) }
        #expect(try next(samples, at: 0) == nil)
        try samples.write { (tx) throws(StoreError) in
            try tx.emails.queue(to: person, until: 1000)
            try tx.emails.remove(of: person)
        }
        #expect(try next(samples) == nil)
    }
}
