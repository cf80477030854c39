import ClaveDomain
import GatewayAPI
import Testing

@testable import GatewayStore

@Suite struct `Lists of calls` {
    @Test(arguments: Engine.allCases)
    func `have who waits at an open page, in the order of times, then of making`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let late = try samples.book(1, start: 1500, seenAt: 1600)
        let early = try samples.book(2, seenAt: 1600)
        let gone = try samples.book(3, seenAt: 1600)
        try samples.book(4, start: 1601, seenAt: 1600)
        try samples.book(5)
        try samples.take(gone, at: 1600 - Call.operatorPresence)
        func line(at now: Int64) throws -> [Int64] {
            try samples.store.read { (tx) throws(StoreError) in
                try tx.calls.line(at: Moment(now: now, isCertain: true)).map(\.id)
            }
        }
        #expect(try line(at: 1600) == [early, late])
        // Whose operator has gone is in the line again, where they were.
        let held = try samples.call(gone, at: 1600)
        #expect(held?.state == .running)
        #expect(try line(at: 1601).prefix(3) == [early, gone, late])
    }

    @Test(arguments: Engine.allCases)
    func `count the appointments of each time to come`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        for (number, start) in [2000, 2000, 3000, 1000].enumerated() {
            try samples.book(UInt8(number), start: Int64(start))
        }
        let counts = try samples.store.read { (tx) throws(StoreError) in try tx.calls.appointments(after: 1000) }
        #expect(counts == [2000: 2, 3000: 1])
    }

    @Test(arguments: Engine.allCases)
    func `have a device's and a person's that are not over at that moment`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let other = ClaimedPerson(
            document: try NationalDocument(parsing: "87654321X"), datum: samples.person.datum, language: "es")
        let ids = [
            try samples.book(1, start: 9000, device: 1), try samples.book(2, start: 9000, device: 2),
            try samples.book(3, start: 9000, device: 1, person: other), try samples.book(4, device: 1),
        ]
        let moment = Moment(now: 5000, isCertain: true)
        try samples.store.read { (tx) throws(StoreError) in
            #expect(try tx.calls.live(ofDevice: [1], at: moment).map(\.id) == [ids[0], ids[2]])
            #expect(try tx.calls.live(of: samples.person.document, at: moment).map(\.id) == [ids[0], ids[1]])
            #expect(try tx.calls.liveFiles(at: moment).map(\.call.id) == Array(ids.prefix(3)))
        }
    }

    @Test(arguments: Engine.allCases)
    func `tell the desk what the census says, and who is registered`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let people = try ["12345678Z", "87654321X", "00000000T"].map { document in
            ClaimedPerson(
                document: try NationalDocument(parsing: document), datum: samples.person.datum, language: "es")
        }
        let (right, wrong) = (
            samples.person.datum, try ContrastDatum(kindName: "validity", canonicalText: "30-12-2030")
        )
        let registered = NewCitizen(
            document: people[1].document, name: "Anna", level: .basic, datum: wrong,
            phone: try PhoneNumber(parsing: "+34600000000"), language: "ca")
        try samples.store.write { (tx) throws(StoreError) in
            for (person, datum) in [(people[0], right), (people[1], wrong)] {
                try tx.census.put(
                    CensusEntry(document: person.document, name: "Anna", datum: datum, address: [], language: "ca"))
            }
            try tx.citizens.register(registered, at: 0)
        }
        for (number, person) in people.enumerated() { try samples.book(UInt8(number), person: person) }
        let moment = Moment(now: 1010, isCertain: true)
        try samples.store.read { (tx) throws(StoreError) in
            let files = try tx.calls.liveFiles(at: moment)
            #expect(files.map(\.name) == ["Anna", "Anna", ""])
            #expect(files.map(\.isRight) == [true, false, false])
            #expect(files.map(\.isRegistered) == [false, true, false])
            #expect(files.map(\.state) == [.due, .due, .due])
            #expect(try tx.calls.file(files[1].call.id, at: moment) == files[1])
            #expect(try tx.calls.newestFiles(of: nil, limit: 2, at: moment) == files.suffix(2).reversed())
            #expect(try tx.calls.newestFiles(of: people[0].document, limit: 2, at: moment) == [files[0]])
        }
    }

    @Test(arguments: Engine.allCases)
    func `have those that wait for a review, the oldest first, and no other`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let ids = try (1...4).map { try samples.book($0) }
        for id in ids { try samples.take(id, by: id) }
        try samples.store.write { (tx) throws(StoreError) in
            for id in ids.prefix(3) { try tx.calls.approve(id, isReviewed: true, at: 1010) }
            try tx.calls.approve(ids[3], isReviewed: false, at: 1010)
            try tx.calls.finishReview(ids[1], .accepted)
        }
        let waiting = try samples.store.read { (tx) throws(StoreError) in
            try tx.calls.filesToReview(at: CallSamples.raw).map(\.call.id)
        }
        #expect(waiting == [ids[0], ids[2]])
        #expect(try samples.written(ids[1])?.review == .accepted)
    }
}

@Suite struct `Recordings of calls` {
    @Test(arguments: Engine.allCases)
    func `are read in the order of their pieces, each place once`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let id = try samples.book(1)
        try samples.store.write { (tx) throws(StoreError) in
            try tx.recordings.add([2], at: 1, of: id)
            try tx.recordings.add([1], at: 0, of: id)
        }
        let pieces = try samples.store.read { (tx) throws(StoreError) in try tx.recordings.pieces(of: id) }
        #expect(pieces == [[1], [2]])
        let error = #expect(throws: StoreError.self) { try samples.record(id) }
        #expect(error?.isRefused == true)
    }

    @Test(
        arguments: Engine.allCases, ["take", "give back", "forget", "consent", "cancel", "reject", "approve", "review"])
    func `go with what ends them`(engine: Engine, ending: String) throws {
        let samples = try CallSamples(engine)
        let (id, other) = (try samples.book(1), try samples.book(2))
        if ending != "take" { try samples.take(id) }
        for id in [id, other] { try samples.record(id) }
        let document = try NationalDocument(parsing: "00000000T")
        try samples.store.write { (tx) throws(StoreError) in
            switch ending {
            case "take": _ = try tx.calls.take(id, by: 7, document, code: "1", at: 1000)
            case "give back": try tx.calls.giveBack(id)
            case "forget": try tx.calls.forgetHolder(document)
            case "consent": try tx.calls.setConsent(id, false)
            case "cancel": try tx.calls.cancel(id, at: 1000)
            case "reject": try tx.calls.reject(id, .disturbed, at: 1000)
            case "approve": try tx.calls.approve(id, isReviewed: false, at: 1000)
            default:
                try tx.calls.approve(id, isReviewed: true, at: 1000)
                try tx.calls.finishReview(id, .rejected)
            }
        }
        #expect(try samples.pieces(id) == 0)
        #expect(try samples.pieces(other) == 1)
        let call = try #require(try samples.written(id))
        if ["give back", "forget"].contains(ending) { #expect(call.state == .waiting && call.holder == 0) }
    }

    @Test(arguments: Engine.allCases)
    func `stay with a consent, and for a review`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let id = try samples.book(1)
        try samples.take(id)
        try samples.record(id)
        try samples.store.write { (tx) throws(StoreError) in
            try tx.calls.setConsent(id, true)
            try tx.calls.approve(id, isReviewed: true, at: 1010)
        }
        #expect(try samples.pieces(id) == 1)
        #expect(try samples.written(id)?.review == .awaited)
    }

    @Test(arguments: Engine.allCases)
    func `are given up with their reviews, and calls that are over go after them`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let (id, live) = (try samples.book(1), try samples.book(2))
        try samples.take(id)
        try samples.record(id)
        func sweep(before end: Int64) throws {
            try samples.store.write { (tx) throws(StoreError) in
                try tx.calls.expireReviews(endedBefore: end)
                try tx.calls.removeOver(endedBefore: end)
            }
        }
        try samples.store.write { (tx) throws(StoreError) in
            try tx.calls.approve(id, isReviewed: true, at: 1010)
            try tx.calls.removeOver(endedBefore: 2000)
        }
        try sweep(before: 1010)
        #expect(try samples.written(id)?.review == .awaited)
        try samples.store.write { (tx) throws(StoreError) in try tx.calls.expireReviews(endedBefore: 1011) }
        #expect(try samples.written(id)?.review == .expired)
        #expect(try samples.pieces(id) == 0)
        try sweep(before: 1011)
        #expect(try samples.written(id) == nil)
        #expect(try samples.written(live) != nil)
    }

    @Test(arguments: Engine.allCases)
    func `go with a person who is removed, and so do their calls and their name as an operator`(engine: Engine) throws {
        let samples = try CallSamples(engine)
        let other = ClaimedPerson(
            document: try NationalDocument(parsing: "87654321X"), datum: samples.person.datum, language: "es")
        let (mine, theirs) = (try samples.book(1), try samples.book(2, person: other))
        for id in [mine, theirs] { try samples.record(id) }
        let document = try NationalDocument(parsing: "00000000T")
        try samples.take(theirs)
        try samples.record(theirs)
        try samples.store.write { (tx) throws(StoreError) in
            try tx.calls.approve(theirs, isReviewed: true, at: 1010)
            try tx.calls.remove(of: samples.person.document)
            try tx.calls.forgetHolder(document)
        }
        #expect(try samples.written(mine) == nil)
        #expect(try samples.pieces(mine) == 0)
        let left = try #require(try samples.written(theirs))
        #expect(left.state == .approved && left.holder == 0 && left.holderDocument == "")
        #expect(try samples.pieces(theirs) == 1)
    }
}
