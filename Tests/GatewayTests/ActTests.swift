import ClaveDomain
import Foundation
import GatewayAPI
import Synchronization
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore
@testable import GatewayWeb

/// What the suites about operators' acts share.
struct Bureau {
    let sandbox = try! Sandbox()
    var services: Services { sandbox.services }
    let mine: Actor
    static let phone = try! PhoneNumber(parsing: "600000099")

    init() throws {
        #expect(try sandbox.services.operators.set(Desk.document, true) == .done)
        mine = .desk(try #require(try sandbox.services.queries.file(of: Desk.document)).person, address: "192.0.2.7")
    }

    func person(_ document: NationalDocument = Sandbox.document) throws -> Citizen {
        try #require(try services.queries.file(of: document)).person
    }

    func newcomer(_ document: String = "87654321X", phone: PhoneNumber = Self.phone) throws -> RecordService.Newcomer {
        RecordService.Newcomer(
            document: try NationalDocument(parsing: document), name: try Self.name("Mar", "O'Exemple"),
            level: .advanced, datum: try ContrastDatum(kindName: "validity", canonicalText: "31-12-2031"),
            phone: phone, email: try EmailAddress(parsing: "mar@example.org"), language: "ca")
    }

    static func name(_ given: String, _ surname: String) throws -> FullName {
        FullName(given: try PersonName(parsing: given), surname: try PersonName(parsing: surname))
    }

    func lastLine() throws -> AuditLine { try #require(try services.auditLog.newest(limit: 1).first) }

    func count(_ sql: String) throws -> Int64 {
        try services.store.read { (database) throws(StoreError) in try database.run(sql)[0].integer(0) }
    }
}

@Suite struct `An operator's act` {
    @Test func `registers who stands at the desk, greets them, and is in the audit with both in part`() throws {
        let bureau = try Bureau()
        #expect(try bureau.services.records.register(try bureau.newcomer(), by: bureau.mine) == .done)
        let person = try bureau.person(try NationalDocument(parsing: "87654321X"))
        #expect(person.name == "MAR O'EXEMPLE" && person.level == .advanced && person.way == "desk")
        #expect(person.email == "mar@example.org" && person.emailConfirmedAt == 0)
        #expect(bureau.sandbox.telephone.messages.withLock { $0.last?.phone } == "+34600000099")
        let line = try bureau.lastLine()
        #expect(line.act == "register" && line.subject == "****4321X" && line.actor == "****0000T")
        #expect(line.address == "192.0.2.7")
    }

    @Test func `refuses a document or phone that is there, and a datum of the other kind`() throws {
        let bureau = try Bureau()
        let lines = try bureau.count("SELECT count(*) FROM audit")
        #expect(try bureau.services.records.register(try bureau.newcomer("12345678Z"), by: .owner) == .documentTaken)
        let taken = try PhoneNumber(parsing: "600000001")
        #expect(try bureau.services.records.register(try bureau.newcomer(phone: taken), by: .owner) == .phoneTaken)
        #expect(try bureau.services.records.register(try bureau.newcomer("X0000000T"), by: .owner) == .otherDatum)
        let changes = RecordService.Changes(phone: try PhoneNumber(parsing: "600000002"))
        #expect(try bureau.services.records.change(Sandbox.document, changes, by: .owner) == .phoneTaken)
        #expect(try bureau.count("SELECT count(*) FROM audit") == lines)
        #expect(try bureau.count("SELECT count(*) FROM citizens") == 9)
    }

    @Test func `changes what is said and nothing else, and tells the former phone`() throws {
        let bureau = try Bureau()
        let before = try bureau.person()
        let device = TestDevice(bureau.sandbox)
        _ = try device.activate(code: "000000")
        let code = try #require(bureau.sandbox.telephone.last("[0-9]{6}"))
        let changes = RecordService.Changes(phone: Bureau.phone)
        #expect(
            try bureau.services.records.change(Sandbox.document, changes, version: before.version, by: bureau.mine)
                == .done)
        let after = try bureau.person()
        #expect(after.phone == Bureau.phone && after.name == before.name && after.datum == before.datum)
        #expect(after.version == before.version + 1)
        #expect(bureau.sandbox.telephone.messages.withLock { $0.last?.phone } == "+34600000001")
        #expect(try bureau.lastLine().outcome == "phone")
        // The code that went to the former phone opens nothing.
        #expect(try device.finish(code).isGranted == false)
    }

    @Test(arguments: [
        RecordService.Changes(level: .advanced),
        RecordService.Changes(
            datum: try! ContrastDatum(kindName: "validity", canonicalText: "03-02-2031"), phone: Bureau.phone),
    ])
    func `of a person's level or datum is told to them at the phone that they had`(
        changes: RecordService.Changes
    ) throws {
        let bureau = try Bureau()
        #expect(try bureau.services.records.change(Sandbox.document, changes, by: bureau.mine) == .done)
        let message = Texts(language: try bureau.person().language).recordChangedMessage
        let told = bureau.sandbox.telephone.messages.withLock { $0.filter { $0.text == message }.map(\.phone) }
        #expect(told == ["+34600000001"])
        // What stays as it is is told to nobody.
        #expect(try bureau.services.records.change(Sandbox.document, changes, by: bureau.mine) == .done)
        #expect(bureau.sandbox.telephone.messages.withLock { $0.count { $0.text == message } } == 1)
    }

    @Test func `is refused on the operator's own record, which the command line may change`() throws {
        let bureau = try Bureau()
        let changes = RecordService.Changes(phone: Bureau.phone)
        #expect(try bureau.services.records.change(Desk.document, changes, by: bureau.mine) == .ownRecord)
        #expect(try bureau.services.removals.remove(Desk.document, .death, by: bureau.mine) == .ownRecord)
        #expect(try bureau.services.deviceAdministration.deactivate(of: Desk.document, by: bureau.mine) == .ownRecord)
        #expect(try bureau.services.records.resendMail(to: Desk.document, by: bureau.mine) == .ownRecord)
        #expect(try bureau.services.records.change(Desk.document, changes, by: .owner) == .done)
    }

    @Test func `by somebody who was an operator when the page came, changes nothing`() throws {
        let bureau = try Bureau()
        #expect(try bureau.services.operators.set(Desk.document, false) == .done)
        let changes = RecordService.Changes(level: .advanced)
        #expect(try bureau.services.records.change(Sandbox.document, changes, by: bureau.mine) == .notOperator)
        #expect(try bureau.services.records.register(try bureau.newcomer(), by: bureau.mine) == .notOperator)
        #expect(try bureau.services.letterAdministration.void(of: Sandbox.document, by: bureau.mine) == .notOperator)
        #expect(try bureau.services.removals.remove(Sandbox.document, .death, by: bureau.mine) == .notOperator)
        #expect(try bureau.person().level == .basic)
    }

    @Test func `of two operators at once on one record is done once, and the other hears of it`() throws {
        let bureau = try Bureau()
        let version = try bureau.person().version
        let outcomes = Mutex<[ActOutcome]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { index in
            let phone = try? PhoneNumber(parsing: "60000010\(index)")
            let outcome = try? bureau.services.records.change(
                Sandbox.document, RecordService.Changes(phone: phone), version: version, by: bureau.mine)
            outcomes.withLock { if let outcome { $0.append(outcome) } }
        }
        #expect(outcomes.withLock { $0.count(where: { $0 == .done }) } == 1)
        #expect(outcomes.withLock { $0.count(where: { $0 == .changed }) } == 7)
    }

    @Test func `is whole or not at all when a write of it fails`() throws {
        let bureau = try Bureau()
        let device = TestDevice(bureau.sandbox)
        #expect(try device.activate().isGranted)
        try bureau.services.store.write { (database) throws(StoreError) in
            try database.runScript(
                "CREATE TRIGGER no BEFORE DELETE ON citizens BEGIN SELECT RAISE(ABORT, 'no'); END")
        }
        let lines = try bureau.count("SELECT count(*) FROM audit")
        #expect(throws: StoreError.self) { try bureau.services.removals.remove(Sandbox.document, .death, by: .owner) }
        #expect(try bureau.services.queries.devices(isActive: true).count == 1)
        #expect(try bureau.count("SELECT count(*) FROM audit") == lines)
        #expect(try bureau.count("SELECT count(*) FROM news") == 0)
        if case .stream = device.call("GET", Push.path) {} else { Issue.record("the device acts no more") }
    }

    @Test func `works with a clock that has jumped back`() throws {
        let bureau = try Bureau()
        _ = try bureau.services.records.register(try bureau.newcomer(), by: bureau.mine)
        try bureau.services.mails?.sendMails()
        let token = try #require(EmailPage.token(bureau.sandbox.mailbox.token ?? ""))
        bureau.sandbox.pass(-3 * 86_400)
        let changes = RecordService.Changes(level: .advanced)
        #expect(try bureau.services.records.change(Sandbox.document, changes, by: bureau.mine) == .done)
        #expect(try bureau.lastLine().act == "change")
        try bureau.services.sweeper.sweep()
        #expect(try bureau.services.emails.confirm(token, address: "") != nil)
    }
}

@Suite struct `Finding people` {
    @Test func `goes by document, phone and any part of the name, and takes signs as signs`() throws {
        let bureau = try Bureau()
        _ = try bureau.services.records.register(try bureau.newcomer(), by: .owner)
        func found(_ typed: String) throws -> [String] {
            try bureau.services.queries.people(matching: typed, limit: 50).map(\.name)
        }
        #expect(try found("1234 5678-z") == ["AINA PROVA MOSTRA"])
        #expect(try found("+34 600 000 001") == ["AINA PROVA MOSTRA"])
        #expect(try found("prova m") == ["AINA PROVA MOSTRA"])
        #expect(try found("o'ex") == ["MAR O'EXEMPLE"])
        for typed in ["%", "_", "\\", "' OR 1=1 --", "\"; DROP TABLE citizens; --", "محمد"] {
            #expect(try found(typed).isEmpty, "\(typed)")
        }
        #expect(try bureau.count("SELECT count(*) FROM citizens") == 10)
    }

    @Test func `gives a page of the list at a time`() throws {
        let bureau = try Bureau()
        let all = try bureau.services.queries.everybody().map(\.document)
        let first = try bureau.services.queries.people(offset: 0, limit: 4)
        let last = try bureau.services.queries.people(offset: 8, limit: 4)
        #expect(first.count == 9 && first.people.map(\.document) == Array(all[..<4]))
        #expect(last.people.map(\.document) == [all[8]])
    }
}
