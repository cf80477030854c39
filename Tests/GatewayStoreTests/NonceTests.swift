import GatewayStore
import Testing

@Suite struct `A nonce` {
    @Test(arguments: Engine.allCases)
    func `is taken once, of each key for itself`(engine: Engine) throws {
        let store = try engine.open()
        func take(_ nonce: [UInt8], of key: [UInt8]) throws -> Bool {
            try store.write { (tx) throws(StoreError) in try tx.nonces.take(nonce, of: key, until: 100) }
        }
        #expect(try take([1], of: [7]))
        #expect(try !take([1], of: [7]))
        #expect(try take([1], of: [8]))
        #expect(try take([2], of: [7]))
        let counts = try store.read { (tx) throws(StoreError) in
            [try tx.nonces.count(of: [7], limit: 10), try tx.nonces.count(of: [7], limit: 1)]
        }
        #expect(counts == [2, 1])
    }

    @Test(arguments: Engine.allCases)
    func `is remembered until its time is over`(engine: Engine) throws {
        let store = try engine.open()
        try store.write { (tx) throws(StoreError) in
            _ = try tx.nonces.take([1], of: [7], until: 100)
            _ = try tx.nonces.take([2], of: [7], until: 101)
            try tx.nonces.removeExpired(at: 101)
        }
        let isFresh = try store.write { (tx) throws(StoreError) in
            [try tx.nonces.take([1], of: [7], until: 200), try tx.nonces.take([2], of: [7], until: 200)]
        }
        #expect(isFresh == [true, false])
    }
}

@Suite struct `A write that is tried again` {
    @Test func `is done once, and what its first run did is undone`() throws {
        let store = try Engine.sqliteRetried.open()
        var runs = 0
        try store.write { (tx) throws(StoreError) in
            runs += 1
            try tx.attempts.add(of: [1], at: 10, until: 20)
        }
        #expect(runs == 2)
        let count = try store.read { (tx) throws(StoreError) in
            try tx.attempts.count(of: [1], after: 0, upTo: 10).count
        }
        #expect(count == 1)
    }
}
