import GatewayStore
import Testing

@Suite struct `An activation by text message that is kept` {
    private func begun(_ engine: Engine, _ sessions: [UInt8] = [1]) throws -> any GatewayStore {
        let store = try engine.open()
        try store.write { (tx) throws(StoreError) in
            for session in sessions { try tx.activations.begin(activation(session)) }
        }
        return store
    }

    private func activation(_ session: UInt8, citizen: Int64? = nil, triesLeft: Int = 2) -> PendingActivation {
        PendingActivation(
            session: [session], signingKey: [8], citizen: citizen, code: [9], triesLeft: triesLeft, expiresAt: 100)
    }

    private func read(_ store: any GatewayStore, _ session: UInt8 = 1, at now: Int64 = 99) throws -> PendingActivation?
    {
        try store.read { (tx) throws(StoreError) in try tx.activations.activation([session], at: now) }
    }

    @Test(arguments: Engine.allCases)
    func `is what was begun, until its time is over`(engine: Engine) throws {
        let store = try begun(engine)
        #expect(try read(store) == activation(1))
        #expect(try read(store, at: 100) == nil)
        #expect(try read(store, 2) == nil)
        try store.write { (tx) throws(StoreError) in try tx.activations.begin(activation(2, citizen: 5)) }
        #expect(try read(store, 2) == activation(2, citizen: 5))
        let error = #expect(throws: StoreError.self) {
            try store.write { (tx) throws(StoreError) in try tx.activations.begin(activation(2)) }
        }
        #expect(error?.isRefused == true)
    }

    @Test(arguments: Engine.allCases)
    func `is its person's last, and theirs no more once it is void`(engine: Engine) throws {
        let store = try begun(engine, [1, 2, 3])
        try store.write { (tx) throws(StoreError) in
            try tx.activations.bind([1], to: 5)
            try tx.activations.bind([3], to: 6)
            try tx.activations.bind([2], to: 5)
        }
        #expect(try [1, 2, 3].map { try read(store, $0)?.citizen } == [nil, 5, 6])
        try store.write { (tx) throws(StoreError) in try tx.activations.void(of: 5) }
        #expect(try [1, 2, 3].map { try read(store, $0)?.citizen } == [nil, nil, 6])
        try store.write { (tx) throws(StoreError) in try tx.activations.removeAll(of: 6) }
        #expect(try [1, 2, 3].map { try read(store, $0) != nil } == [true, true, false])
    }

    @Test(arguments: Engine.allCases)
    func `counts wrong codes down to none`(engine: Engine) throws {
        let store = try begun(engine)
        let left = try (0..<3).map { _ in
            try store.write { (tx) throws(StoreError) in try tx.activations.countWrongCode([1]) }
        }
        #expect(left == [1, 0, 0])
        #expect(try read(store)?.triesLeft == 0)
    }

    @Test(arguments: Engine.allCases)
    func `goes when it is done or its time is over`(engine: Engine) throws {
        let store = try begun(engine, [1, 2])
        try store.write { (tx) throws(StoreError) in
            try tx.activations.remove([1])
            try tx.activations.removeExpired(at: 100)
        }
        #expect(try [1, 2].map { try read(store, $0) != nil } == [false, true])
        try store.write { (tx) throws(StoreError) in try tx.activations.removeExpired(at: 101) }
        #expect(try read(store, 2) == nil)
    }
}
