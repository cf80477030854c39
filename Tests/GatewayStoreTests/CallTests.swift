import ClaveDomain
import GatewayAPI
import Testing

@testable import GatewayStore

@Suite struct `A call` {
    @Test(arguments: Engine.allCases)
    func `is read as it was booked, by its page, its session and its number`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let id = try samples.book(3, start: 2000, device: 4)
        let call = try #require(try samples.call(id, at: 1500))
        #expect(call.id == id && call.session == [3] && call.signingKey == [4] && call.sealingKey == [104])
        #expect(call.person == samples.person && call.isRight)
        #expect(call.start == 2000 && call.bookedAt == 1000 && call.state == .waiting && call.reason == .none)
        #expect(call.seenAt == 0 && call.holder == 0 && call.holderDocument == "" && call.holderSeenAt == 0)
        #expect(call.turn == 0 && call.code == "" && !call.consents && call.review == .none)
        #expect(call.citizen == 0 && call.endedAt == 0)
        try samples.store.read { (tx) throws(StoreError) in
            let moment = Moment(now: 1500, isCertain: true)
            #expect(try tx.calls.call(ofPage: [3], at: moment) == call)
            #expect(try tx.calls.call(ofPage: [4], at: moment) == nil)
            #expect(
                try tx.calls.call(ofSession: [3], signingKey: [4], sealingKey: [104], at: moment) == call)
            #expect(try tx.calls.call(ofSession: [3], signingKey: [4], sealingKey: [4], at: moment) == nil)
        }
    }

    @Test(arguments: Engine.allCases)
    func `goes through its states, each written with what belongs to it`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let id = try samples.book(1, seenAt: 1001)
        #expect(try samples.call(id, at: 1002)?.outward(at: 1002) == .queued)
        #expect(try samples.call(id, at: 1002)?.outward(at: 1030) == .due)
        #expect(try samples.take(id, at: 1002))
        let running = try #require(try samples.call(id, at: 1003))
        #expect(running.state == .running && running.holder == 7 && running.holderDocument == "00000000T")
        #expect(running.holderSeenAt == 1002 && running.turn == 1 && running.code == "1234")
        #expect(try !samples.take(id, by: 8))
        try samples.store.write { (tx) throws(StoreError) in
            try tx.calls.noteHolderSeen(id, at: 1010)
            try tx.calls.setConsent(id, true)
            try tx.calls.reject(id, .noHologram, at: 1020)
        }
        let rejected = try #require(try samples.call(id, at: 1_000_000))
        #expect(rejected.state == .rejected && rejected.reason == .noHologram && rejected.endedAt == 1020)
        #expect(rejected.consents && rejected.holderSeenAt == 1010 && rejected.seenAt == 1001)
        let other = try samples.book(2)
        try samples.store.write { (tx) throws(StoreError) in try tx.calls.cancel(other, at: 1030) }
        #expect(try samples.call(other, at: 1031)?.state == .cancelled)
        #expect(try samples.call(other, at: 1031)?.endedAt == 1030)
    }

    @Test(arguments: Engine.allCases)
    func `that is approved is told who was registered by it, and no other is`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let (id, other) = (try samples.book(1), try samples.book(2))
        try samples.take(id)
        try samples.store.write { (tx) throws(StoreError) in
            try tx.calls.approve(id, isReviewed: false, at: 1010)
            try tx.calls.noteRegistration(of: 5, bySession: [1])
            try tx.calls.noteRegistration(of: 6, bySession: [2])
        }
        let call = try #require(try samples.call(id, at: 1020))
        #expect(call.state == .approved && call.review == .none && call.endedAt == 1010 && call.citizen == 5)
        #expect(try samples.call(other, at: 1020)?.citizen == 0)
    }

    @Test(arguments: Engine.allCases)
    func `is one of its operator's, and another one is refused by its key`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let (first, second) = (try samples.book(1), try samples.book(2))
        #expect(try samples.take(first))
        #expect(try samples.store.read { (tx) throws(StoreError) in try tx.calls.isHolding(7) })
        let error = #expect(throws: StoreError.self) { try samples.take(second) }
        #expect(error?.kind == .refused(.heldCall))
        #expect(try samples.take(second, by: 8))
    }

    @Test(arguments: Engine.allCases)
    func `has a token of its own`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        try samples.book(1)
        let error = #expect(throws: StoreError.self) { try samples.book(1) }
        #expect(error?.isRefused == true)
    }
}

@Suite struct `What time brings to a call` {
    @Test(arguments: Engine.allCases)
    func `is read before it is written, and written as it was read`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let id = try samples.book(1, start: 2000)
        let end = 2000 + Call.patience
        #expect(try samples.call(id, at: end)?.state == .waiting)
        let missed = try samples.call(id, at: end + 1)
        #expect(missed?.state == .missed && missed?.endedAt == end + 1)
        #expect(try samples.written(id)?.state == .waiting)
        try samples.settle(at: end)
        #expect(try samples.written(id)?.state == .waiting)
        try samples.settle(at: end + 1)
        #expect(try samples.written(id) == missed)
        // What is written stays, whatever the clock says.
        #expect(try samples.call(id, at: 1000)?.state == .missed)
    }

    @Test(arguments: Engine.allCases)
    func `counts from when its page was seen, unless that was in the future`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let seen = try samples.book(1, seenAt: 1500)
        #expect(try samples.call(seen, at: 1500 + Call.patience)?.state == .waiting)
        #expect(try samples.call(seen, at: 1501 + Call.patience)?.state == .missed)
        let future = try samples.book(2, seenAt: 1_000_000)
        #expect(try samples.call(future, at: 1001 + Call.patience)?.state == .missed)
    }

    @Test(arguments: Engine.allCases)
    func `is nothing as long as the clock can't be believed`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let (waiting, held) = (try samples.book(1), try samples.book(2))
        try samples.take(held)
        let moment = Moment(now: 1_000_000, isCertain: false)
        let states = try samples.store.read { (tx) throws(StoreError) in
            [try tx.calls.call(waiting, at: moment)?.state, try tx.calls.call(held, at: moment)?.state]
        }
        #expect(states == [.waiting, .running])
        try samples.settle(at: 1_000_000, isCertain: false)
        #expect(try samples.written(waiting)?.state == .waiting)
        #expect(try samples.written(held)?.state == .running)
    }

    @Test(arguments: Engine.allCases)
    func `gives it back when its operator has gone, who may hold another once that is written`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        // Its time is still to come, as where the clock was set back: it is given back all the same.
        let id = try samples.book(1, start: 5000)
        let next = try samples.book(2, seenAt: 1060)
        try samples.take(id)
        try samples.record(id)
        let end = 1000 + Call.operatorPresence
        #expect(try samples.call(id, at: end)?.state == .running)
        let back = try #require(try samples.call(id, at: end + 1))
        #expect(back.state == .waiting && back.holder == 0 && back.holderDocument == "" && back.turn == 1)
        #expect(try samples.pieces(id) == 1)
        try samples.settle(at: end + 1)
        #expect(try samples.written(id) == back)
        #expect(try samples.pieces(id) == 0)
        #expect(try samples.take(next, at: end + 1))
    }

    @Test(arguments: Engine.allCases)
    func `makes it missed when both have gone`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let id = try samples.book(1)
        try samples.take(id)
        try samples.record(id)
        let end = 1001 + Call.patience
        #expect(try samples.call(id, at: end)?.state == .missed)
        try samples.settle(at: end)
        #expect(try samples.written(id)?.state == .missed)
        #expect(try samples.pieces(id) == 0)
    }

    @Test(arguments: ["document = 'x'", "datum = x'00'", "review = 77"])
    func `ends one whose row can't be read, and its operator may hold another`(damage: String) throws {
        let samples = try CallSamples(.sqlite)
        let (id, next) = (try samples.book(1), try samples.book(2))
        try samples.take(id)
        try samples.record(id)
        try samples.store.write { (tx) throws(StoreError) in
            try tx.runScript("UPDATE calls SET \(damage) WHERE id = \(id)")
        }
        #expect(try samples.call(id, at: 1001) == nil)
        try samples.settle(at: 1001)
        #expect(try samples.pieces(id) == 0)
        #expect(try samples.take(next, at: 1001))
        try samples.store.write { (tx) throws(StoreError) in try tx.calls.removeOver(endedBefore: 1002) }
        let left = try samples.store.read { (tx) throws(StoreError) in try tx.run("SELECT id FROM calls") }
        #expect(left == [[.integer(next)]])
    }
}
