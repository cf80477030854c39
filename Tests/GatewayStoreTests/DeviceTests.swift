import ClaveDomain
import Testing

@testable import GatewayStore

/// A store with the people 1 and 2.
private struct Shelf {
    let store: any GatewayStore

    init(_ engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        store = samples.store
        let documents = [samples.document, try PeopleSamples.document(87_654_321)]
        for (index, document) in documents.enumerated() {
            let id = try samples.register(samples.new(document, phone: "+3460000000\(index)"))
            #expect(id == Int64(index + 1))
        }
    }

    func write<Result>(_ body: (WriteTransaction) throws(StoreError) -> Result) throws -> Result {
        try store.write(body)
    }

    func read<Result>(_ body: (Devices<ReadOnly>) throws(StoreError) -> Result) throws -> Result {
        try store.read { (tx) throws(StoreError) in try body(tx.devices) }
    }

    @discardableResult
    func activate(_ key: UInt8, for citizen: Int64 = 1) throws -> Int64 {
        try write { (tx) throws(StoreError) in
            try tx.devices.activate(signingKey: [key], sealingKey: [key, 0], name: "desk", for: citizen, at: 50)
        }
    }

    func device(_ id: Int64) throws -> Device? {
        try read { (devices) throws(StoreError) in try devices.device(id) }
    }

    /// Has an event about a request wait for a device; its number.
    @discardableResult
    func tell(_ device: Int64, about request: [UInt8], until expiry: Int64 = 100) throws -> Int64? {
        try write { (tx) throws(StoreError) in
            guard let sequence = try tx.devices.takeSequence(of: device) else { return nil }
            try tx.devices.add(
                DeviceEvent(sequence: sequence, request: request, sealed: [0xAA], expiresAt: expiry), to: device)
            return sequence
        }
    }

    func events(of device: Int64, after sequence: Int64 = 0, at now: Int64 = 0, limit: Int = 10) throws -> [Int64] {
        try read { (devices) throws(StoreError) in
            try devices.events(of: device, after: sequence, at: now, limit: limit).map(\.sequence)
        }
    }
}

@Suite struct `A device that is kept` {
    @Test(arguments: Engine.allCases)
    func `is what was activated, and found by number, key and person`(engine: Engine) throws {
        let shelf = try Shelf(engine)
        let id = try shelf.activate(9)
        let device = try #require(try shelf.device(id))
        #expect(device.id == id && device.citizen == 1 && device.signingKey == [9] && device.sealingKey == [9, 0])
        #expect(device.name == "desk" && device.isActive && device.activatedAt == 50 && device.lastSequence == 0)
        #expect(!device.takesPINsOnly)
        let found = try shelf.read { (devices) throws(StoreError) in
            [try devices.device(signingKey: [9]), try devices.active(of: 1)]
        }
        #expect(found == [device, device])
        let none = try shelf.read { (devices) throws(StoreError) in
            [try devices.device(signingKey: [8]), try devices.active(of: 2), try devices.device(id + 1)]
        }
        #expect(none == [nil, nil, nil])
    }

    @Test(arguments: Engine.allCases)
    func `is a person's only one that acts, and its key nobody else's for ever`(engine: Engine) throws {
        let shelf = try Shelf(engine)
        let id = try shelf.activate(9)
        let second = #expect(throws: StoreError.self) { try shelf.activate(8) }
        #expect(second?.kind == .refused(.activeDevice))
        try shelf.write { (tx) throws(StoreError) in try tx.devices.end(id) }
        let again = #expect(throws: StoreError.self) { try shelf.activate(9, for: 2) }
        #expect(again?.kind == .refused(.deviceKey))
        let next = try shelf.activate(8)
        #expect(try shelf.read { (devices) throws(StoreError) in try devices.active(of: 1)?.id } == next)
        #expect(try shelf.device(id)?.isActive == false)
    }

    @Test(arguments: Engine.allCases)
    func `is upgraded once`(engine: Engine) throws {
        let shelf = try Shelf(engine)
        let id = try shelf.activate(9)
        func upgrade() throws -> Bool { try shelf.write { (tx) throws(StoreError) in try tx.devices.upgrade(id) } }
        #expect(try !upgrade())
        // As older versions made them.
        try shelf.write { (tx) throws(StoreError) in
            _ = try tx.connection.execute("UPDATE devices SET takes_pins_only = 1")
        }
        #expect(try shelf.device(id)?.takesPINsOnly == true)
        #expect(try upgrade())
        #expect(try shelf.device(id)?.takesPINsOnly == false)
        #expect(try !upgrade())
    }

    @Test(arguments: Engine.allCases)
    func `numbers its events, and gives those alive behind a number, in order`(engine: Engine) throws {
        let shelf = try Shelf(engine)
        let id = try shelf.activate(9)
        let other = try shelf.activate(8, for: 2)
        #expect(try [shelf.tell(id, about: [1]), shelf.tell(id, about: [2], until: 60)] == [1, 2])
        #expect(try [shelf.tell(other, about: [1]), shelf.tell(id, about: [])] == [1, 3])
        #expect(try shelf.tell(99, about: []) == nil)
        #expect(try shelf.device(id)?.lastSequence == 3)
        #expect(try shelf.events(of: id) == [1, 2, 3])
        #expect(try shelf.events(of: id, after: 1) == [2, 3])
        #expect(try shelf.events(of: id, at: 60) == [1, 3])
        #expect(try shelf.events(of: id, limit: 2) == [1, 2])
        let event = try shelf.read { (devices) throws(StoreError) in
            try devices.events(of: id, after: 1, at: 0, limit: 1)
        }
        #expect(event == [DeviceEvent(sequence: 2, request: [2], sealed: [0xAA], expiresAt: 60)])
    }

    @Test(arguments: Engine.allCases)
    func `loses events with their request, their time and its own end, and gives no number twice`(
        engine: Engine
    ) throws {
        let shelf = try Shelf(engine)
        let id = try shelf.activate(9)
        let other = try shelf.activate(8, for: 2)
        for request in [1, 2, 3] as [UInt8] { try shelf.tell(id, about: [request], until: 60 + Int64(request)) }
        try shelf.tell(other, about: [1])
        try shelf.tell(other, about: [2])
        let removed = try shelf.write { (tx) throws(StoreError) in
            [
                try tx.devices.removeEvents(about: [2], of: id), try tx.devices.removeEvents(about: [9], of: id),
            ]
        }
        #expect(removed == [true, false])
        try shelf.write { (tx) throws(StoreError) in try tx.devices.removeEvents(about: [1]) }
        #expect(try shelf.events(of: id) == [3])
        #expect(try shelf.events(of: other) == [2])
        try shelf.write { (tx) throws(StoreError) in try tx.devices.removeExpiredEvents(at: 64) }
        #expect(try shelf.events(of: id) == [])
        try shelf.write { (tx) throws(StoreError) in try tx.devices.end(other) }
        #expect(try shelf.events(of: other) == [])
        #expect(try shelf.tell(id, about: []) == 4)
    }

    @Test(arguments: Engine.allCases)
    func `of a removed person has no name, and stays until it has heard of it`(engine: Engine) throws {
        let shelf = try Shelf(engine)
        let id = try shelf.activate(9)
        let other = try shelf.activate(8, for: 2)
        try shelf.write { (tx) throws(StoreError) in try tx.devices.end(id) }
        try shelf.tell(id, about: [])
        try shelf.write { (tx) throws(StoreError) in
            try tx.devices.forget(1)
            try tx.devices.removeForgotten()
        }
        let device = try #require(try shelf.device(id))
        #expect(device.citizen == 0 && device.name.isEmpty && !device.isActive)
        try shelf.write { (tx) throws(StoreError) in
            try tx.devices.removeExpiredEvents(at: 101)
            try tx.devices.removeForgotten()
        }
        #expect(try shelf.device(id) == nil)
        #expect(try shelf.device(other) != nil)
    }

    @Test(arguments: Engine.allCases)
    func `is listed with its person, also when it acts no more`(engine: Engine) throws {
        let shelf = try Shelf(engine)
        let former = try shelf.activate(9)
        try shelf.write { (tx) throws(StoreError) in try tx.devices.end(former) }
        let id = try shelf.activate(8)
        let other = try shelf.activate(7, for: 2)
        let line = try #require(try shelf.read { (devices) throws(StoreError) in try devices.lines(of: 1) }.first)
        #expect(line.id == former && line.citizen == 1 && line.document == "12345678Z" && line.name == "desk")
        #expect(!line.isActive && line.activatedAt == 50)
        #expect(try shelf.read { (devices) throws(StoreError) in try devices.lines(of: 1) }.map(\.id) == [former, id])
        func lines(of document: NationalDocument? = nil, isActive: Bool = false, limit: Int = 10) throws -> [Int64] {
            try shelf.read { (devices) throws(StoreError) in
                try devices.lines(of: document, isActive: isActive, limit: limit).map(\.id)
            }
        }
        #expect(try lines() == [other, id, former])
        #expect(try lines(isActive: true) == [other, id])
        #expect(try lines(limit: 1) == [other])
        #expect(try lines(of: try NationalDocument(parsing: "12345678Z")) == [id, former])
        #expect(try lines(of: try NationalDocument(parsing: "00000000T")) == [])
    }
}
