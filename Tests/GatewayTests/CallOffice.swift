import ClaveDomain
import GatewayAPI
import SecureMemory
import Synchronization
import Testing
import Wire

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

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
            _ = try sandbox.services.records.change(document, .init(level: .advanced), by: .owner)
            #expect(try sandbox.services.operators.set(document, true) == .done)
        }
        first = try Self.desk(sandbox, Self.operators[0])
        second = try Self.desk(sandbox, Self.operators[1])
    }

    static func desk(_ sandbox: Sandbox, _ document: String) throws -> Actor {
        let document = try NationalDocument(parsing: document)
        return .desk(try #require(try sandbox.services.queries.file(of: document)?.person), address: "192.0.2.9")
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
    func open(_ token: [UInt8]) throws -> CallView? {
        try sandbox.services.calls.view(token, isOpen: true)
    }

    /// Lines the person up, with their page open, and has an operator take the call.
    func taken(consents: Bool = false) throws -> (id: Int64, token: [UInt8]) {
        let token = try Self.token(try book().1)
        if consents { #expect(try sandbox.services.calls.consent(token, true)) }
        let id = try #require(try open(token)).call.id
        #expect(try sandbox.services.callDesk.take(id, by: first) == .done)
        return (id, token)
    }

    static let all = Set(CallCheck.allCases)

    func approve(_ id: Int64) throws -> ActOutcome {
        try sandbox.services.callDesk.approve(id, checks: Self.all, by: first)
    }

    /// A call that was recorded and approved.
    func recorded() throws -> Int64 {
        let (id, _) = try taken(consents: true)
        #expect(try sandbox.services.recordings.keep([1, 2, 3], place: 0, of: id, turn: 1, by: first) == .kept)
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
