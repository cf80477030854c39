import ClaveDomain
import GatewayStore
import Testing

@Suite struct `A citizen` {
    @Test(arguments: Engine.allCases)
    func `is found by document and number, with all that was written`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        let id = try samples.register(try samples.new())
        let found = try #require(try samples.citizen())
        #expect(found.id == id)
        #expect(found.document == samples.document)
        #expect(found.name == "AINA PROVA MOSTRA")
        #expect(found.level == .basic)
        #expect(found.datum == samples.datum)
        #expect(found.phone == samples.phone)
        #expect(found.language == "ca")
        #expect(found.email == "aina@example.org")
        #expect(found.emailConfirmedAt == 0)
        #expect(found.way == "letter")
        #expect(found.registeredAt == 100)
        #expect(!found.isOperator)
        #expect(found.version == 0)
        #expect(found.renewedAt == 0)
        let stranger = try PeopleSamples.document(20_000_000)
        let others = try samples.read { (tx) throws(StoreError) in
            [try tx.citizens.find(id: id), try tx.citizens.find(id: id + 1), try tx.citizens.find(stranger)]
        }
        #expect(others == [found, nil, nil])
    }

    @Test(arguments: Engine.allCases)
    func `is the only one of a document and of a phone`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        try samples.register(try samples.new())
        let other = try PeopleSamples.document(20_000_000)
        func refusal(_ person: NewCitizen) -> StoreError.Kind? {
            do throws(StoreError) {
                _ = try samples.write { (tx) throws(StoreError) in try tx.citizens.register(person, at: 100) }
                return nil
            } catch { return error.kind }
        }
        #expect(refusal(try samples.new(phone: "+34600000001")) == .refused(.citizenDocument))
        #expect(refusal(try samples.new(other)) == .refused(.citizenPhone))
        #expect(refusal(try samples.new(other, phone: "+34600000001")) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `is registered once where only those who are missing are`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        let other = try samples.new(try PeopleSamples.document(20_000_000), phone: "+34600000001")
        let taken = try samples.new(try PeopleSamples.document(20_000_001), name: "X")
        func add(_ person: NewCitizen) throws -> Bool {
            try samples.write { (tx) throws(StoreError) in try tx.citizens.registerIfMissing(person, at: 100) }
        }
        #expect(try add(try samples.new()))
        #expect(try !add(try samples.new()))
        #expect(try !add(taken))
        #expect(try add(other))
        #expect(try samples.read { (tx) throws(StoreError) in try tx.citizens.count() } == 2)
    }

    @Test(arguments: Engine.allCases)
    func `has another version after each change of the record`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        let id = try samples.register(try samples.new())
        var changed = try #require(try samples.citizen())
        changed.name = "AINA ALTRA"
        changed.level = .advanced
        changed.datum = try ContrastDatum(kindName: "issue", canonicalText: "01-02-2020")
        changed.phone = try PhoneNumber(parsing: "+34600000001")
        changed.language = "es"
        changed.email = "altra@example.org"
        changed.emailConfirmedAt = 7
        try samples.write { (tx) throws(StoreError) in try tx.citizens.update(changed) }
        let found = try #require(try samples.citizen())
        #expect(found.version == 1)
        #expect(found.name == changed.name)
        #expect(found.level == .advanced)
        #expect(found.datum == changed.datum)
        #expect(found.phone == changed.phone)
        #expect(found.language == "es")
        #expect(found.email == "altra@example.org")
        #expect(found.emailConfirmedAt == 7)
        try samples.write { (tx) throws(StoreError) in
            try tx.citizens.setLevel(.basic, of: id)
            try tx.citizens.setOperator(true, id)
            try tx.citizens.confirmEmail(of: id, at: 300)
            try tx.citizens.renew(id, at: 400)
        }
        let last = try #require(try samples.citizen())
        #expect(last.version == 5)
        #expect(last.level == .basic)
        #expect(last.isOperator)
        #expect(last.emailConfirmedAt == 300)
        #expect(last.renewedAt == 400)
    }

    @Test(arguments: Engine.allCases)
    func `gets no phone that is somebody else's`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        let id = try samples.register(try samples.new())
        try samples.register(try samples.new(try PeopleSamples.document(20_000_000), phone: "+34600000001"))
        let phone = try PhoneNumber(parsing: "+34600000001")
        var changed = try #require(try samples.citizen())
        changed.phone = phone
        let error = #expect(throws: StoreError.self) {
            try samples.write { (tx) throws(StoreError) in try tx.citizens.update(changed) }
        }
        #expect(error?.kind == .refused(.citizenPhone))
        #expect(try samples.citizen()?.phone == samples.phone)
        let isTaken = try samples.read { (tx) throws(StoreError) in
            [
                try tx.citizens.isTaken(phone, besides: id), try tx.citizens.isTaken(samples.phone, besides: id),
                try tx.citizens.isTaken(samples.phone, besides: 0),
            ]
        }
        #expect(isTaken == [true, false, true])
    }

    @Test(arguments: Engine.allCases)
    func `has the basic level from the moment a renewal is due`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        let id = try samples.register(try samples.new())
        try samples.write { (tx) throws(StoreError) in try tx.citizens.setLevel(.advanced, of: id) }
        let person = try #require(try samples.citizen())
        let due = 100 + ClaveRules.renewalAge.wholeSeconds
        #expect(person.renewalDue == due)
        #expect(person.effectiveLevel(at: due - 1) == .advanced)
        #expect(person.effectiveLevel(at: due) == .basic)
        try samples.write { (tx) throws(StoreError) in try tx.citizens.renew(id, at: due) }
        #expect(try samples.citizen()?.effectiveLevel(at: due) == .advanced)
    }

    @Test(arguments: Engine.allCases)
    func `is gone when it was removed`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        let id = try samples.register(try samples.new())
        try samples.write { (tx) throws(StoreError) in try tx.citizens.remove(id) }
        #expect(try samples.citizen() == nil)
        #expect(try samples.read { (tx) throws(StoreError) in try tx.citizens.count() } == 0)
    }
}

@Suite struct `People in lists` {
    private func samples(_ engine: Engine) throws -> PeopleSamples {
        let samples = try PeopleSamples(engine)
        let people = [
            try samples.new(try PeopleSamples.document(30_000_000), name: "CARLA 100%", phone: "+34600000003"),
            try samples.new(try PeopleSamples.document(10_000_000), name: "ANNA A_B", phone: "+34600000001"),
            try samples.new(try PeopleSamples.document(20_000_000), name: "BRUNO A\\B", phone: "+34600000002"),
        ]
        for person in people { try samples.register(person) }
        return samples
    }

    private func names(_ people: [Citizen]) -> [String] { people.map { String($0.name.prefix(5)) } }

    @Test(arguments: Engine.allCases)
    func `are in the order of their documents, a page at a time`(engine: Engine) throws {
        let samples = try samples(engine)
        let lists = try samples.read { (tx) throws(StoreError) in
            [
                try tx.citizens.all(), try tx.citizens.page(offset: 1, limit: 1),
                try tx.citizens.page(offset: 2, limit: 5), try tx.citizens.page(offset: 0, limit: 0),
            ]
        }
        #expect(lists.map(names) == [["ANNA ", "BRUNO", "CARLA"], ["BRUNO"], ["CARLA"], []])
    }

    @Test(arguments: Engine.allCases)
    func `are those who may act at the desk`(engine: Engine) throws {
        let samples = try samples(engine)
        let document = try PeopleSamples.document(20_000_000)
        try samples.write { (tx) throws(StoreError) in
            let person = try tx.citizens.find(document)
            try tx.citizens.setOperator(true, person?.id ?? 0)
        }
        #expect(try samples.read { (tx) throws(StoreError) in names(try tx.citizens.operators()) } == ["BRUNO"])
    }

    @Test(arguments: Engine.allCases)
    func `match a document, a phone or signs of a name that mean themselves`(engine: Engine) throws {
        let samples = try samples(engine)
        func found(_ name: String, _ document: NationalDocument? = nil, _ phone: PhoneNumber? = nil, limit: Int = 9)
            throws -> [String]
        {
            try samples.read { (tx) throws(StoreError) in
                names(try tx.citizens.matching(document, phone, name: name, limit: limit))
            }
        }
        #expect(try found("A_") == ["ANNA "])
        #expect(try found("0%") == ["CARLA"])
        #expect(try found("\\") == ["BRUNO"])
        #expect(try found("A") == ["ANNA ", "BRUNO", "CARLA"])
        #expect(try found("A", limit: 2) == ["ANNA ", "BRUNO"])
        #expect(try found("nobody", try PeopleSamples.document(30_000_000)) == ["CARLA"])
        #expect(try found("nobody", nil, try PhoneNumber(parsing: "+34600000002")) == ["BRUNO"])
        #expect(try found("nobody") == [])
    }
}
