import GatewayStore
import Testing

@Suite struct `A challenge that is kept` {
    private func issued(_ engine: Engine) throws -> any GatewayStore {
        let store = try engine.open()
        try store.write { (tx) throws(StoreError) in
            try tx.challenges.issue([9, 9], session: [1], signingKey: [2], sealingKey: [3], until: 100)
        }
        return store
    }

    private func take(
        _ store: any GatewayStore, session: UInt8 = 1, signingKey: UInt8 = 2, sealingKey: UInt8 = 3, at now: Int64 = 99
    ) throws -> [UInt8]? {
        try store.write { (tx) throws(StoreError) in
            try tx.challenges.take(session: [session], signingKey: [signingKey], sealingKey: [sealingKey], at: now)
        }
    }

    @Test(arguments: Engine.allCases)
    func `is taken once, in time, by the device that asked for it alone`(engine: Engine) throws {
        let store = try issued(engine)
        #expect(try take(store, session: 7) == nil)
        #expect(try take(store, signingKey: 7) == nil)
        #expect(try take(store, sealingKey: 7) == nil)
        #expect(try take(store, at: 100) == nil)
        #expect(try take(store) == [9, 9])
        #expect(try take(store) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `goes when its time is over`(engine: Engine) throws {
        let store = try issued(engine)
        try store.write { (tx) throws(StoreError) in try tx.challenges.removeExpired(at: 101) }
        #expect(try take(store) == nil)
        let other = try issued(engine)
        try other.write { (tx) throws(StoreError) in try tx.challenges.removeExpired(at: 100) }
        #expect(try take(other) == [9, 9])
    }
}
