import ClaveDomain
import GatewayAPI
import SecureMemory
import Synchronization
import Testing
import WebServer
import Wire

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore
@testable import GatewayWeb

@Suite struct `An appointment for a video call` {
    @Test func `is offered where calls are held, and nowhere else`() throws {
        #expect(try CallOffice().sandbox.agents.ways.contains("call"))
        let none = try CallOffice(.none)
        #expect(!none.sandbox.agents.ways.contains("call"))
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
        let files = try office.sandbox.services.callDesk.live()
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
        try office.sandbox.services.calls.cancel(try CallOffice.token(theirs), address: "")
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
            _ = try office.sandbox.services.calls.consent(token, true)
            #expect(try office.sandbox.services.calls.consent(token, false))
        }
        #expect(try lines() - before <= 20)
        #expect(try !office.sandbox.services.calls.consent(token, true))
    }

    @Test func `has its words on its person's page, for a consent that is refused too`() throws {
        let office = try CallOffice()
        let (_, token) = try office.taken()
        let page = Visitor(office.sandbox).send("GET", "/call/\(base64URL(token))").text
        let words = Set(
            Asset.callScript.text.matches(of: /(?:say|restore)\('[a-z]+', '([a-z]+)'\)/).map { String($0.1) })
        #expect(words.isSuperset(of: ["refused", "gateway", "camera", "cut"]))
        for word in words { #expect(page.contains("<li data-word=\"\(word)\">"), "\(word)") }
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
        office.sandbox.pass(Int64(start) - Int64(office.sandbox.now) + Call.patience)
        #expect(try office.progress()?.state == .due)
        try office.open(token)
        office.sandbox.pass(Call.patience)
        try office.open(token)
        #expect(try office.progress()?.state == .queued)
        office.sandbox.pass(Call.patience + 1)
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
        #expect(try office.sandbox.services.sweeper.sweep() == false)
        try office.open(token)
        #expect(try office.progress()?.state == .queued)
        office.sandbox.jump(-400 * 86_400)
        #expect(try office.sandbox.services.sweeper.sweep() == false)
        office.sandbox.pass(ClockJumps.patience)
        #expect(try office.sandbox.services.sweeper.sweep())
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
