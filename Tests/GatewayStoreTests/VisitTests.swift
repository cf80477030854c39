import GatewayStore
import Testing

/// A store with one visit, whose name is ``id``.
private struct Door {
    static let id: [UInt8] = [1]
    let store: any GatewayStore

    init(_ engine: Engine) throws {
        store = try engine.open()
        try begin(Self.id)
    }

    func begin(_ id: [UInt8], at now: Int64 = 100) throws {
        try write { (tx) throws(StoreError) in
            try tx.visits.begin(id, procedure: "padro", from: "192.0.2.1", at: now)
        }
    }

    func write<Result>(_ body: (WriteTransaction) throws(StoreError) -> Result) throws -> Result {
        try store.write(body)
    }

    func read<Result>(_ body: (Visits<ReadOnly>) throws(StoreError) -> Result) throws -> Result {
        try store.read { (tx) throws(StoreError) in try body(tx.visits) }
    }

    func visit(_ id: [UInt8] = id) throws -> Visit? {
        try read { (visits) throws(StoreError) in try visits.visit(id) }
    }

    func issue(to id: [UInt8] = id, citizen: Int64? = nil, request: [UInt8] = [2]) throws {
        try write { (tx) throws(StoreError) in
            try tx.visits.issue(
                .init(
                    citizen: citizen, request: request, reference: "ABCD", digest: [3], tries: 2, issuedAt: 110,
                    expiresAt: 200, document: "***4567**", subject: [4]), to: id)
        }
    }

    func ask(of id: [UInt8] = id, method: Visit.Method = .mobileByDocument, token: [UInt8]? = nil) throws {
        try write { (tx) throws(StoreError) in
            try tx.visits.awaitApproval(
                .init(
                    method: method, request: [5], code: "EFG", token: token, issuedAt: 120, expiresAt: 220,
                    document: "***1111**", address: "192.0.2.2"), of: id)
        }
    }
}

@Suite struct `A visit that is kept` {
    @Test(arguments: Engine.allCases)
    func `has nothing but its procedure and address when it begins`(engine: Engine) throws {
        let visit = try #require(try Door(engine).visit())
        #expect(visit.id == Door.id && visit.procedure == "padro" && visit.address == "192.0.2.1")
        #expect(visit.createdAt == 100 && visit.writtenState == .open && visit.method == .none)
        #expect(visit.citizen == nil && visit.request.isEmpty && visit.code.isEmpty && visit.digest.isEmpty)
        #expect(visit.token.isEmpty && visit.triesLeft == 0 && visit.issuedAt == 0 && visit.expiresAt == 0)
        #expect(visit.document.isEmpty && visit.login.isEmpty && visit.subject.isEmpty)
    }

    @Test(arguments: Engine.allCases)
    func `begins once`(engine: Engine) throws {
        let door = try Door(engine)
        let error = #expect(throws: StoreError.self) { try door.begin(Door.id) }
        #expect(error?.isRefused == true)
    }

    @Test(arguments: Engine.allCases)
    func `gets a PIN whole, and is found by its request`(engine: Engine) throws {
        let door = try Door(engine)
        try door.issue(citizen: 9)
        let visit = try #require(try door.read { (visits) throws(StoreError) in try visits.visit(request: [2]) })
        #expect(visit.id == Door.id && visit.writtenState == .waiting && visit.method == .pin && visit.citizen == 9)
        #expect(visit.request == [2] && visit.code == "ABCD" && visit.digest == [3] && visit.triesLeft == 2)
        #expect(visit.issuedAt == 110 && visit.expiresAt == 200 && visit.document == "***4567**")
        #expect(visit.subject == [4] && visit.address == "192.0.2.1")
    }

    @Test(arguments: Engine.allCases)
    func `asks for an approval whole, is found by its link, and forgets whose it was`(engine: Engine) throws {
        let door = try Door(engine)
        try door.issue(citizen: 9)
        try door.ask(method: .mobileByLink, token: [6])
        let visit = try #require(try door.read { (visits) throws(StoreError) in try visits.visit(token: [6]) })
        #expect(visit.id == Door.id && visit.writtenState == .waiting && visit.method == .mobileByLink)
        #expect(visit.citizen == nil && visit.request == [5] && visit.code == "EFG" && visit.token == [6])
        #expect(visit.issuedAt == 120 && visit.expiresAt == 220 && visit.document == "***1111**")
        #expect(visit.address == "192.0.2.2")
        try door.ask()
        #expect(try door.visit()?.token == [])
        #expect(try door.read { (visits) throws(StoreError) in try visits.visit(token: [6]) } == nil)
    }

    @Test(arguments: Engine.allCases)
    func `that waits has expired when its time is over, though nothing is written`(engine: Engine) throws {
        let door = try Door(engine)
        #expect(try door.visit()?.state(at: 1_000_000) == .open)
        try door.issue()
        let visit = try #require(try door.visit())
        #expect(visit.state(at: 199) == .waiting && visit.state(at: 200) == .expired)
        #expect(visit.writtenState == .waiting)
    }

    @Test(arguments: Visit.State.allCases, Visit.State.allCases)
    func `goes from a state to those that may follow, is refused the others, and expires from waiting alone`(
        former: Visit.State, next: Visit.State
    ) throws {
        let door = try Door(.sqlite)
        func set(_ state: Visit.State) throws {
            if state == .waiting { return try door.issue() }
            try door.write { (tx) throws(StoreError) in try tx.visits.set(Door.id, to: state) }
        }
        if former != .open { try set(.waiting) }
        if former != .open && former != .waiting { try set(former) }
        #expect(try door.visit()?.writtenState == former)
        if former.next.contains(next) {
            try set(next)
        } else {
            #expect(throws: StoreError.self) { try set(next) }
        }
        let written = former.next.contains(next) ? next : former
        #expect(try door.visit()?.writtenState == written)
        #expect(try door.visit()?.state(at: 199) == written)
        #expect(try door.visit()?.state(at: 200) == (written == .waiting ? .expired : written))
    }

    @Test(arguments: Engine.allCases)
    func `counts wrong PINs, and is exhausted by the last`(engine: Engine) throws {
        let door = try Door(engine)
        try door.issue()
        func wrong() throws -> Int {
            try door.write { (tx) throws(StoreError) in try tx.visits.countWrongPIN(Door.id) }
        }
        #expect(try wrong() == 1)
        #expect(try door.visit()?.writtenState == .waiting)
        #expect(try wrong() == 0)
        #expect(try door.visit()?.writtenState == .exhausted)
        #expect(try wrong() == 0)
        #expect(try door.visit()?.triesLeft == 0)
    }

    @Test(arguments: Engine.allCases)
    func `becomes a person's, by their link with their document, and gets a login code`(engine: Engine) throws {
        let door = try Door(engine)
        try door.ask()
        try door.write { (tx) throws(StoreError) in try tx.visits.bind(Door.id, to: 7) }
        #expect(try door.visit()?.citizen == 7)
        try door.write { (tx) throws(StoreError) in try tx.visits.bind(Door.id, to: nil) }
        #expect(try door.visit()?.citizen == nil)
        try door.write { (tx) throws(StoreError) in
            try tx.visits.claim(Door.id, by: 8, document: "***2222**")
            try tx.visits.setLogin([9], of: Door.id)
        }
        let visit = try #require(try door.visit())
        #expect(visit.citizen == 8 && visit.document == "***2222**" && visit.login == [9])
    }

    @Test(arguments: Engine.allCases)
    func `is its person's pending approval as long as it waits in time, and by Mòbil`(engine: Engine) throws {
        let door = try Door(engine)
        func isPending(besides visit: [UInt8] = [], at now: Int64 = 219) throws -> Bool {
            try door.read { (visits) throws(StoreError) in
                try visits.hasPendingApproval(of: 7, besides: visit, at: now)
            }
        }
        try door.issue(citizen: 7)
        #expect(try !isPending(at: 150))
        try door.ask()
        #expect(try !isPending())
        try door.write { (tx) throws(StoreError) in try tx.visits.bind(Door.id, to: 7) }
        #expect(try isPending())
        #expect(try !isPending(besides: Door.id))
        #expect(try !isPending(at: 220))
        try door.write { (tx) throws(StoreError) in try tx.visits.set(Door.id, to: .approved) }
        #expect(try !isPending())
    }

    @Test(arguments: Engine.allCases)
    func `loses its person by a newer PIN of theirs, as long as it waits`(engine: Engine) throws {
        let door = try Door(engine)
        for id in [2, 3, 4] as [UInt8] { try door.begin([id]) }
        for id in [1, 2, 3] as [UInt8] { try door.issue(to: [id], citizen: 7, request: [id, 0]) }
        try door.issue(to: [4], citizen: 8, request: [4, 0])
        try door.write { (tx) throws(StoreError) in try tx.visits.set([3], to: .approved) }
        let void = try door.write { (tx) throws(StoreError) in try tx.visits.voidPINs(of: 7, besides: [2]) }
        #expect(void == [[1, 0]])
        #expect(try [1, 2, 3, 4].map { try door.visit([$0])?.citizen } == [nil, 7, 7, 8])
    }

    @Test(arguments: Engine.allCases)
    func `goes by its name, with its person, and with its time`(engine: Engine) throws {
        let door = try Door(engine)
        for id in [2, 3, 4] as [UInt8] { try door.begin([id], at: 100 + Int64(id)) }
        try door.issue(to: [3], citizen: 7)
        try door.write { (tx) throws(StoreError) in
            try tx.visits.remove([2])
            try tx.visits.removeAll(of: 7)
            try tx.visits.removeAll(begunBefore: 104)
        }
        #expect(try [1, 2, 3, 4].map { try door.visit([$0]) != nil } == [false, false, false, true])
    }

    @Test(arguments: Engine.allCases)
    func `keeps its PIN's digest only as long as it lets somebody in`(engine: Engine) throws {
        let door = try Door(engine)
        try door.issue()
        func digest(sweptAt now: Int64) throws -> [UInt8]? {
            try door.write { (tx) throws(StoreError) in try tx.visits.removeDeadPINs(at: now) }
            return try door.visit()?.digest
        }
        #expect(try digest(sweptAt: 200) == [3])
        #expect(try digest(sweptAt: 201) == [])
        try door.issue()
        try door.write { (tx) throws(StoreError) in try tx.visits.set(Door.id, to: .cancelled) }
        #expect(try digest(sweptAt: 150) == [])
    }
}
