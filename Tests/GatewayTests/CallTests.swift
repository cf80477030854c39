import ClaveDomain
import GatewayAPI
import SecureMemory
import Synchronization
import Testing
import Wire

@testable import Gateway

/// A gateway that holds video calls at all hours, with two operators and somebody who wants to register.
struct CallOffice {
    let sandbox: Sandbox
    let newcomer: Newcomer
    let first: Actor
    let second: Actor
    static let operators = ["00000000T", "11111111H"]

    init(_ hours: WorkingHours = .always, turn: TurnServer? = nil) throws {
        sandbox = try Sandbox(hours: hours, turn: turn)
        newcomer = try Newcomer(sandbox)
        for document in Self.operators {
            let document = try NationalDocument(parsing: document)
            _ = try sandbox.services.change(document, .init(level: .advanced), by: .owner)
            #expect(try sandbox.services.setOperator(document, true) == .done)
        }
        first = try Self.desk(sandbox, Self.operators[0])
        second = try Self.desk(sandbox, Self.operators[1])
    }

    static func desk(_ sandbox: Sandbox, _ document: String) throws -> Actor {
        let document = try NationalDocument(parsing: document)
        return .desk(try #require(try sandbox.services.file(of: document)?.person), address: "192.0.2.9")
    }

    /// How many pieces of recordings there are.
    func pieces() throws -> Int64 {
        try sandbox.services.store.read { (database) throws(StoreError) in
            try database.run("SELECT count(*) FROM recordings")[0].integer(0)
        }
    }

    /// What a reply's body says beside its outcome.
    private func ask<Value: Body>(
        _ step: String, _ body: consuming SecretBytes, _ device: TestDevice, _ type: Value.Type
    ) throws -> (RegistrationOutcome?, Value?) {
        let reply = try device.step(
            step, body, path: Registration.path(plugin: Registration.plugin, step: step))
        let outcome = RegistrationOutcome(rawValue: reply.body[0])
        guard outcome == .accepted else { return (outcome, nil) }
        if step == RegistrationCall.bookStep { device.session = reply.session }
        return (outcome, try Value.decode(Array(reply.body.dropFirst()).span.bytes))
    }

    func slots(_ person: PersonDatum? = nil) throws -> CallSlots {
        let body = (person ?? newcomer.person()).secretBytes
        return try #require(try ask(RegistrationCall.slotsStep, body, newcomer.device, CallSlots.self).1)
    }

    func book(
        _ start: UInt64 = 0, _ person: PersonDatum? = nil, _ device: TestDevice? = nil
    ) throws -> (RegistrationOutcome?, CallAppointment?) {
        let wish = CallWish(person: person ?? newcomer.person(), start: start)
        return try ask(
            RegistrationCall.bookStep, wish.secretBytes, device ?? newcomer.device, CallAppointment.self)
    }

    func progress(_ device: TestDevice? = nil) throws -> CallProgress? {
        try ask(
            RegistrationCall.followStep, SecretBytes(zeros: 0), device ?? newcomer.device, CallProgress.self
        ).1
    }

    static func token(_ appointment: CallAppointment?) throws -> [UInt8] {
        let page = try #require(appointment).page
        return try #require(bytes(base64URL: String(page.dropFirst(RegistrationCall.pagePrefix.count)), limit: 32))
    }

    /// Opens the page: the person is there.
    @discardableResult
    func open(_ token: [UInt8]) throws -> GatewayServices.CallView? {
        try sandbox.services.callView(token, isOpen: true)
    }

    /// Lines the person up, with their page open, and has an operator take the call.
    func taken(consents: Bool = false) throws -> (id: Int64, token: [UInt8]) {
        let token = try Self.token(try book().1)
        if consents { #expect(try sandbox.services.consent(token, true)) }
        let id = try #require(try open(token)).call.id
        #expect(try sandbox.services.takeCall(id, by: first) == .done)
        return (id, token)
    }

    static let all = Set(GatewayServices.CallCheck.allCases)

    func approve(_ id: Int64) throws -> ActOutcome {
        try sandbox.services.approveCall(id, checks: Self.all, by: first)
    }

    /// A call that was recorded and approved.
    func recorded() throws -> Int64 {
        let (id, _) = try taken(consents: true)
        #expect(try sandbox.services.record([1, 2, 3], place: 0, of: id, turn: 1, by: first) == .kept)
        #expect(try approve(id) == .done)
        return id
    }

    /// Registers the person whose call was approved.
    func register() throws -> Citizen {
        #expect(try newcomer.contact() == .accepted)
        #expect(try newcomer.confirm().outcome == .accepted)
        return try #require(try newcomer.registered())
    }
}

@Suite struct `An appointment for a video call` {
    @Test func `is offered where calls are held, and nowhere else`() throws {
        #expect(try CallOffice().sandbox.services.ways.contains("call"))
        let none = try CallOffice(.none)
        #expect(!none.sandbox.services.ways.contains("call"))
        #expect(throws: (any Error).self) { try none.slots() }
    }

    @Test func `is answered alike for right data, wrong ones, and people who are registered`() throws {
        let office = try CallOffice()
        let people = [
            office.newcomer.person(), office.newcomer.person(Newcomer.document, "06-05-2033"),
            office.newcomer.person("12345678Z", "31-12-2030"), office.newcomer.person("87654321X", "01-01-2030"),
        ]
        for person in people {
            let slots = try office.slots(person)
            #expect(slots.isOpen && slots.starts.count == RegistrationCall.slotLimit)
            let device = TestDevice(office.sandbox)
            let (outcome, appointment) = try office.book(0, person, device)
            #expect(outcome == .accepted && appointment?.start == office.sandbox.now)
            #expect(try office.progress(device)?.state == .due)
            try office.open(try CallOffice.token(appointment))
            #expect(try office.progress(device)?.state == .queued)
        }
        let files = try office.sandbox.services.liveCalls()
        #expect(files.map(\.isRight) == [true, false, false, false])
        #expect(files.map(\.isRegistered) == [false, false, true, false])
    }

    @Test func `is gone when somebody has it, whoever they are, and free again when they give it up`() throws {
        let office = try CallOffice()
        let start = try #require(try office.slots().starts.first)
        let stranger = TestDevice(office.sandbox)
        let (_, theirs) = try office.book(start, office.newcomer.person("87654321X", "01-01-2030"), stranger)
        #expect(theirs?.start == start)
        #expect(try !office.slots().starts.contains(start))
        #expect(try office.book(start).0 == .slotTaken)
        try office.sandbox.services.cancelCall(try CallOffice.token(theirs), address: "")
        #expect(try office.slots().starts.first == start)
        #expect(try office.book(start).0 == .accepted)
        #expect(try office.book(start + 1).0 == .slotTaken)
    }

    @Test func `moves with the same device; calls of other devices with the same data live beside it`() throws {
        let office = try CallOffice()
        let starts = try office.slots().starts
        let first = try CallOffice.token(try office.book(starts[0]).1)
        let others = [TestDevice(office.sandbox), TestDevice(office.sandbox)]
        _ = try office.book(starts[1], office.newcomer.person(Newcomer.document, "06-05-2033"), others[0])
        _ = try office.book(starts[2], nil, others[1])
        #expect(try office.open(first)?.progress.state == .booked)
        for (device, start) in zip(others, starts[1...]) { #expect(try office.progress(device)?.start == start) }
        _ = try office.book(starts[3])
        #expect(try office.open(first)?.progress.state == .cancelled)
        #expect(try office.progress()?.start == starts[3])
    }

    @Test(arguments: ["05-05-2033", "06-05-2033"])
    func `tells by none of its answers whether a stranger's data are right`(datum: String) throws {
        let office = try CallOffice()
        // The person is talked to meanwhile: that tells nothing either.
        _ = try office.taken()
        let (first, second) = (TestDevice(office.sandbox), TestDevice(office.sandbox))
        let person = office.newcomer.person(Newcomer.document, datum)
        for device in [first, second] { #expect(try office.book(0, person, device).0 == .accepted) }
        for device in [first, second] { #expect(try office.progress(device)?.state == .due) }
        #expect(try office.progress()?.state == .running)
    }

    @Test func `that is approved tells by no other call whether its data are right`() throws {
        let office = try CallOffice()
        let (twin, wrong) = (TestDevice(office.sandbox), TestDevice(office.sandbox))
        let (id, _) = try office.taken()
        _ = try office.book(0, nil, twin)
        _ = try office.book(0, office.newcomer.person(Newcomer.document, "06-05-2033"), wrong)
        #expect(try office.approve(id) == .done)
        #expect(try office.progress()?.state == .approved)
        #expect(try office.progress(twin)?.state == .due)
        #expect(try office.progress(wrong)?.state == .due)
    }

    @Test func `fills no audit where its person consents and does not a thousand times, and a no always counts`() throws
    {
        let office = try CallOffice()
        let (_, token) = try office.taken(consents: false)
        let lines = {
            try office.sandbox.services.store.read { (database) throws(StoreError) in
                try database.run("SELECT count(*) FROM audit")[0].integer(0)
            }
        }
        let before = try lines()
        for _ in 0..<500 {
            _ = try office.sandbox.services.consent(token, true)
            #expect(try office.sandbox.services.consent(token, false))
        }
        #expect(try lines() - before <= 20)
        #expect(try !office.sandbox.services.consent(token, true))
    }

    @Test func `can't be made again by a device to which an operator talks`() throws {
        let office = try CallOffice()
        _ = try office.taken()
        #expect(try office.book().0 == .busy)
    }

    @Test func `outside of the hours can be made for later, and not for now`() throws {
        // 1,800,000,000 was a Friday in the morning, everywhere in Europe.
        let office = try CallOffice(try WorkingHours(parsing: "tue 10:00-11:00"))
        let slots = try office.slots()
        #expect(!slots.isOpen && slots.starts.count == 8)
        #expect(try office.book().0 == .slotTaken)
        #expect(try office.book(slots.starts[0]).0 == .accepted)
    }

    @Test func `is missed by who does not come, and kept by who is there`() throws {
        let office = try CallOffice()
        let start = try office.slots().starts[0]
        let token = try CallOffice.token(try office.book(start).1)
        #expect(try office.open(token)?.progress.state == .booked)
        office.sandbox.pass(Int64(start) - Int64(office.sandbox.now) + CallRules.patience)
        #expect(try office.progress()?.state == .due)
        try office.open(token)
        office.sandbox.pass(CallRules.patience)
        try office.open(token)
        #expect(try office.progress()?.state == .queued)
        office.sandbox.pass(CallRules.patience + 1)
        #expect(try office.progress()?.state == .missed)
        #expect(try office.open(token)?.progress.state == .missed)
    }

    @Test func `is served in the order of its time, then of its making`() throws {
        let office = try CallOffice()
        let start = try office.slots().starts[0]
        let (early, late) = (TestDevice(office.sandbox), TestDevice(office.sandbox))
        let booked = try CallOffice.token(
            try office.book(start, office.newcomer.person("87654321X", "01-01-2030"), early).1)
        office.sandbox.pass(Int64(start) - Int64(office.sandbox.now))
        let mine = try CallOffice.token(try office.book().1)
        let last = try CallOffice.token(
            try office.book(0, office.newcomer.person("87654321X", "02-01-2030"), late).1)
        for token in [last, mine, booked] { try office.open(token) }
        #expect(try office.progress(early)?.ahead == 0)
        #expect(try office.progress()?.ahead == 1)
        #expect(try office.progress(late)?.ahead == 2)
        #expect(try office.slots().waiting == 3)
    }

    @Test func `stays what it is when the clock jumps`() throws {
        let office = try CallOffice()
        let token = try CallOffice.token(try office.book().1)
        try office.open(token)
        office.sandbox.jump(-7200)
        #expect(try office.progress()?.state == .booked)
        office.sandbox.jump(7200)
        try office.open(token)
        #expect(try office.progress()?.state == .queued)
        office.sandbox.jump(400 * 86_400)
        #expect(try office.sandbox.services.sweep() == false)
        try office.open(token)
        #expect(try office.progress()?.state == .queued)
        office.sandbox.jump(-400 * 86_400)
        #expect(try office.sandbox.services.sweep() == false)
        office.sandbox.pass(ClockJumps.patience)
        #expect(try office.sandbox.services.sweep())
        #expect(try office.progress()?.state == .missed)
    }

    @Test func `is counted: twenty from one address in a day`() throws {
        let office = try CallOffice()
        for number in 0..<CallRules.bookingsPerAddress {
            let person = office.newcomer.person("87654321X", "01-01-\(2030 + number)")
            office.sandbox.pass(600)
            #expect(try office.book(0, person, TestDevice(office.sandbox)).0 == .accepted)
        }
        #expect(try office.book().0 == .tooMany)
    }

    @Test func `belongs to the device that made it`() throws {
        let office = try CallOffice()
        _ = try office.book()
        let thief = TestDevice(office.sandbox)
        thief.session = office.newcomer.device.session
        #expect(try office.progress(thief) == nil)
        #expect(try office.progress() != nil)
    }
}
