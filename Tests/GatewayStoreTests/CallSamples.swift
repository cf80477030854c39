import ClaveDomain
import GatewayAPI
import Testing

@testable import GatewayStore

/// What tests of calls are made of: calls that are booked at 1,000, and looked at afterwards.
struct CallSamples {
    static let bookedAt: Int64 = 1000
    let store: any GatewayStore
    let person: ClaimedPerson

    init(_ engine: Engine) throws {
        store = try engine.open()
        person = ClaimedPerson(
            document: try NationalDocument(parsing: "12345678Z"),
            datum: try ContrastDatum(kindName: "validity", canonicalText: "31-12-2030"), language: "ca")
    }

    /// A call of the token and session `[number]`.
    func new(_ number: UInt8, start: Int64 = Self.bookedAt, device: UInt8 = 1, person: ClaimedPerson? = nil) -> NewCall
    {
        NewCall(
            token: [number], session: [number], signingKey: [device], sealingKey: [device + 100],
            person: person ?? self.person, isRight: true, start: start)
    }

    /// Books a call, and opens its page where it is to be seen.
    @discardableResult
    func book(
        _ number: UInt8, start: Int64 = Self.bookedAt, device: UInt8 = 1, seenAt: Int64? = nil,
        person: ClaimedPerson? = nil
    ) throws -> Int64 {
        let call = new(number, start: start, device: device, person: person)
        return try store.write { (tx) throws(StoreError) in
            try tx.calls.book(call, at: Self.bookedAt)
            guard let id = try tx.calls.call(ofPage: [number], at: Self.raw)?.id else { return 0 }
            if let seenAt { try tx.calls.noteSeen(id, at: seenAt) }
            return id
        }
    }

    /// Gives a call to the operator of a row number.
    @discardableResult
    func take(_ id: Int64, by holder: Int64 = 7, at now: Int64 = Self.bookedAt) throws -> Bool {
        let document = try NationalDocument(parsing: "00000000T")
        return try store.write { (tx) throws(StoreError) in
            try tx.calls.take(id, by: holder, document, code: "1234", at: now)
        }
    }

    func record(_ id: Int64) throws {
        try store.write { (tx) throws(StoreError) in try tx.recordings.add([1, 2], at: 0, of: id) }
    }

    func pieces(_ id: Int64) throws -> Int {
        try store.read { (tx) throws(StoreError) in try tx.recordings.count(of: id) }
    }

    /// A call as it is at a time.
    func call(_ id: Int64, at now: Int64) throws -> Call? {
        try store.read { (tx) throws(StoreError) in try tx.calls.call(id, at: Moment(now: now, isCertain: true)) }
    }

    /// A call as it is written.
    func written(_ id: Int64) throws -> Call? {
        try store.read { (tx) throws(StoreError) in try tx.calls.call(id, at: Self.raw) }
    }

    func settle(at now: Int64, isCertain: Bool = true) throws {
        try store.write { (tx) throws(StoreError) in
            try tx.calls.settle(at: Moment(now: now, isCertain: isCertain))
        }
    }

    /// A moment that changes nothing.
    static let raw = Moment(now: 0, isCertain: false)
}
