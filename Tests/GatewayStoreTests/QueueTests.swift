import GatewayStore
import Testing

@Suite struct `An errand that is kept` {
    private func queue(_ engine: Engine, _ count: UInt8 = 3) throws -> any GatewayStore {
        let store = try engine.open()
        try store.write { (tx) throws(StoreError) in
            for number in 1...count { try tx.errands.add([number], about: [number % 2]) }
        }
        return store
    }

    private func untried(_ store: any GatewayStore, limit: Int = 10) throws -> [QueuedErrand] {
        try store.read { (tx) throws(StoreError) in try tx.errands.untried(limit: limit) }
    }

    private func alone(_ store: any GatewayStore, upTo number: Int64, at now: Int64 = 100) throws -> [UInt8] {
        try store.read { (tx) throws(StoreError) in
            try tx.errands.toRunAlone(upTo: number, at: now, pause: 60, limit: 10)
        }.map { $0.sealed[0] }
    }

    @Test(arguments: Engine.allCases)
    func `waits behind the older ones`(engine: Engine) throws {
        let store = try queue(engine)
        let errands = try untried(store)
        #expect(errands.map(\.sealed) == [[1], [2], [3]] && errands.map(\.subject) == [[1], [0], [1]])
        #expect(errands.map(\.id) == errands.map(\.id).sorted())
        #expect(errands.allSatisfy { $0.tries == 0 && $0.triedAt == 0 && $0.setAsideAt == 0 && $0.reason.isEmpty })
        #expect(try untried(store, limit: 2).count == 2)
        #expect(try store.read { (tx) throws(StoreError) in try tx.errands.newest() } == errands[2].id)
        let empty = try engine.open()
        #expect(try empty.read { (tx) throws(StoreError) in try tx.errands.newest() } == 0)
    }

    @Test(arguments: Engine.allCases)
    func `is run alone if it is a former gateway's, or has failed and the pause is over, also by a clock set back`(
        engine: Engine
    ) throws {
        let store = try queue(engine)
        let ids = try untried(store).map(\.id)
        #expect(try alone(store, upTo: 0) == [])
        #expect(try alone(store, upTo: ids[1]) == [1, 2])
        try store.write { (tx) throws(StoreError) in
            try tx.errands.note(ids[2], tries: 1, at: 100, reason: "malformed")
        }
        #expect(try untried(store).map(\.id) == [ids[0], ids[1]])
        #expect(try alone(store, upTo: 0, at: 159) == [])
        #expect(try alone(store, upTo: 0, at: 160) == [3])
        #expect(try alone(store, upTo: 0, at: 40) == [3])
        let failed = try store.read { (tx) throws(StoreError) in try tx.errands.failed() }
        #expect(failed.map(\.id) == [ids[2]])
        #expect(failed[0].tries == 1 && failed[0].triedAt == 100 && failed[0].reason == "malformed")
    }

    @Test(arguments: Engine.allCases)
    func `that is set aside is tried no more, until it is to be tried again`(engine: Engine) throws {
        let store = try queue(engine, 2)
        let id = try untried(store)[0].id
        try store.write { (tx) throws(StoreError) in
            try tx.errands.note(id, tries: 5, at: 100, reason: "malformed")
            try tx.errands.setAside(id, at: 100)
        }
        #expect(try untried(store).map(\.sealed) == [[2]])
        #expect(try alone(store, upTo: id, at: 1000) == [])
        let failed = try store.read { (tx) throws(StoreError) in try tx.errands.failed() }
        #expect(failed.map(\.setAsideAt) == [100])
        func retry() throws -> Int { try store.write { (tx) throws(StoreError) in try tx.errands.retrySetAside() } }
        #expect(try retry() == 1)
        #expect(try retry() == 0)
        #expect(try untried(store).map(\.sealed) == [[1], [2]])
        #expect(try untried(store)[0].reason.isEmpty)
    }

    @Test(arguments: Engine.allCases)
    func `goes when it is done, with whom it is about, and when it was set aside long ago`(engine: Engine) throws {
        let store = try queue(engine, 6)
        let ids = try untried(store).map(\.id)
        try store.write { (tx) throws(StoreError) in
            try tx.errands.remove(ids[1])
            try tx.errands.removeAll(about: [1])
        }
        #expect(try untried(store).map(\.sealed) == [[4], [6]])
        try store.write { (tx) throws(StoreError) in
            try tx.errands.setAside(ids[3], at: 100)
            // Before 1970, by a clock that was never set.
            try tx.errands.setAside(ids[5], at: -7)
            try tx.errands.removeSetAside(before: 100)
        }
        func remove() throws -> Int { try store.write { (tx) throws(StoreError) in try tx.errands.removeSetAside() } }
        #expect(try remove() == 1)
        #expect(try remove() == 0)
    }
}

@Suite struct `A text message that is kept` {
    /// Messages of the gateway's (1), a command's (2) and the gateway's again (3).
    private func queue(_ engine: Engine) throws -> any GatewayStore {
        let store = try engine.open()
        try store.write { (tx) throws(StoreError) in
            try tx.messages.add([1], about: [1], until: 1000, from: [], takenAt: 0)
            try tx.messages.add([2], about: [2], until: 1001, from: [0xC0], takenAt: 100)
            try tx.messages.add([3], about: [1], until: 1002, from: [], takenAt: 0)
        }
        return store
    }

    private func take(
        _ store: any GatewayStore, of origin: [UInt8] = [], orOthers: Bool = true, at now: Int64 = 100
    ) throws -> UInt8? {
        try store.write { (tx) throws(StoreError) in
            try tx.messages.takeNext(of: origin, orOthers: orOthers, pause: 60, at: now)
        }?.sealed[0]
    }

    private func all(_ store: any GatewayStore) throws -> [QueuedMessage] {
        try store.read { (tx) throws(StoreError) in try tx.messages.all() }
    }

    @Test(arguments: Engine.allCases)
    func `is what was queued, and is taken in its order`(engine: Engine) throws {
        let store = try queue(engine)
        let messages = try all(store)
        #expect(messages.map(\.sealed) == [[1], [2], [3]] && messages.map(\.subject) == [[1], [2], [1]])
        #expect(messages.map(\.expiresAt) == [1000, 1001, 1002] && messages.map(\.origin) == [[], [0xC0], []])
        #expect(messages.map(\.tries) == [0, 0, 0] && messages.map(\.takenAt) == [0, 100, 0])
        let taken = try store.write { (tx) throws(StoreError) in
            try tx.messages.takeNext(of: [], orOthers: true, pause: 60, at: 101)
        }
        #expect(taken?.sealed == [1] && taken?.tries == 1 && taken?.takenAt == 101 && taken?.id == messages[0].id)
        #expect(try all(store)[0] == taken)
    }

    @Test(arguments: Engine.allCases)
    func `is nobody else's for a pause, also by a clock set back`(engine: Engine) throws {
        let store = try queue(engine)
        #expect(try [take(store), take(store), take(store)] == [1, 3, nil])
        #expect(try take(store, at: 159) == nil)
        #expect(try [take(store, at: 160), take(store, at: 160), take(store, at: 160)] == [1, 2, 3])
        #expect(try take(store, at: 100) == 1)
    }

    @Test(arguments: Engine.allCases)
    func `of a command is the command's at once and once, and the gateway's later`(engine: Engine) throws {
        let store = try queue(engine)
        func command(at now: Int64) throws -> UInt8? { try take(store, of: [0xC0], orOthers: false, at: now) }
        #expect(try [command(at: 100), command(at: 100), command(at: 500)] == [2, nil, nil])
        #expect(try [take(store, at: 200), take(store, at: 200), take(store, at: 200)] == [1, 2, 3])
    }

    @Test(arguments: Engine.allCases)
    func `that was taken by a process that has ended can be taken again at once`(engine: Engine) throws {
        let store = try queue(engine)
        #expect(try [take(store), take(store)] == [1, 3])
        try store.write { (tx) throws(StoreError) in try tx.messages.release(of: []) }
        #expect(try [take(store), take(store), take(store)] == [1, 3, nil])
    }

    @Test(arguments: Engine.allCases)
    func `goes when it is handed over, with whom it is about, and when it is worth nothing any more`(
        engine: Engine
    ) throws {
        let store = try queue(engine)
        let id = try all(store)[0].id
        func remove() throws -> Bool { try store.write { (tx) throws(StoreError) in try tx.messages.remove(id) } }
        #expect(try remove())
        #expect(try !remove())
        try store.write { (tx) throws(StoreError) in try tx.messages.removeAll(about: [1]) }
        #expect(try all(store).map(\.sealed) == [[2]])
        #expect(try take(store, at: 1001) == nil)
        try store.write { (tx) throws(StoreError) in try tx.messages.removeExpired(at: 1001) }
        #expect(try all(store).count == 1)
        try store.write { (tx) throws(StoreError) in try tx.messages.removeExpired(at: 1002) }
        #expect(try all(store).isEmpty)
    }
}
