import ClaveDomain
import Foundation
import GatewayAPI
import SecureMemory
import Synchronization
import TestSupport
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `A video call` {
    @Test func `that is approved lets the device give phone and e-mail, at the basic level`() throws {
        let office = try CallOffice()
        let (id, token) = try office.taken()
        #expect(try office.progress()?.state == .running)
        #expect(try office.open(token)?.call.code.count == 4)
        #expect(try office.newcomer.contact() == .over)
        #expect(try office.approve(id) == .done)
        #expect(try office.progress()?.state == .approved)
        let person = try office.register()
        #expect(person.level == .basic && person.way == "call")
        let words = try office.sandbox.services.auditLog.newest(limit: 100, .init(act: "call")).map(\.outcome)
        #expect(words == ["lined up", "taken", "approved"])
        #expect(try office.sandbox.services.reviews.waiting().isEmpty)
    }

    @Test func `is approved by who has seen everything, and right data only`() throws {
        let office = try CallOffice()
        let (id, _) = try office.taken()
        for check in CallOffice.all {
            let rest = CallOffice.all.subtracting([check])
            #expect(try office.sandbox.services.callDesk.approve(id, checks: rest, by: office.first) == .unchecked)
        }
        #expect(try office.progress()?.state == .running)
        let wrong = TestDevice(office.sandbox)
        let person = office.newcomer.person("12345678Z", Sandbox.datum.canonicalText)
        for (person, outcome) in [
            (office.newcomer.person(Newcomer.document, "06-05-2033"), ActOutcome.dataDiffer), (person, .dataDiffer),
        ] {
            let token = try CallOffice.token(try office.book(0, person, wrong).1)
            let call = try #require(try office.open(token)).call.id
            #expect(try office.sandbox.services.callDesk.take(call, by: office.second) == .done)
            #expect(
                try office.sandbox.services.callDesk.approve(call, checks: CallOffice.all, by: office.second) == outcome
            )
            #expect(try office.sandbox.services.callDesk.reject(call, .dataDiffer, by: office.second) == .done)
            #expect(try office.progress(wrong)?.reason == .dataDiffer)
        }
    }

    @Test func `of somebody who was registered meanwhile is not approved`() throws {
        let office = try CallOffice()
        let (id, _) = try office.taken()
        let person = RecordService.Newcomer(
            document: try NationalDocument(parsing: Newcomer.document),
            name: FullName(given: try PersonName(parsing: "Núria"), surname: try PersonName(parsing: "Nova")),
            level: .basic, datum: try ContrastDatum(kindName: "validity", canonicalText: "05-05-2033"),
            phone: try PhoneNumber(parsing: "+34611222333"), email: nil, language: "ca")
        #expect(try office.sandbox.services.records.register(person, by: .owner) == .done)
        #expect(try office.approve(id) == .documentTaken)
    }

    @Test func `has one operator, who has one call, and never is the person`() throws {
        let office = try CallOffice()
        let services = office.sandbox.services
        let (id, _) = try office.taken()
        #expect(try services.callDesk.take(id, by: office.second) == .callOver)
        let other = TestDevice(office.sandbox)
        let token = try CallOffice.token(try office.book(0, office.newcomer.person("87654321X"), other).1)
        let next = try #require(try office.open(token)).call.id
        #expect(try services.callDesk.take(next, by: office.first) == .otherCall)
        #expect(try services.callDesk.approve(id, checks: CallOffice.all, by: office.second) == .callOver)
        #expect(try services.callDesk.reject(id, .faceDiffers, by: office.second) == .callOver)
        #expect(try services.callDesk.take(next, by: .owner) == .callOver)
        let own = TestDevice(office.sandbox)
        let person = PersonDatum(
            document: CallOffice.operators[1], datumKind: "validity", datum: "01-02-2032", language: "es")
        let page = try CallOffice.token(try office.book(0, person, own).1)
        let mine = try #require(try office.open(page)).call.id
        #expect(try services.callDesk.take(mine, by: office.second) == .ownRecord)
        _ = try services.operators.set(try NationalDocument(parsing: CallOffice.operators[0]), false)
        #expect(try office.approve(id) == .notOperator)
    }

    @Test func `is taken once when two want it at the same moment`() throws {
        let office = try CallOffice()
        let token = try CallOffice.token(try office.book().1)
        let id = try #require(try office.open(token)).call.id
        let outcomes = Mutex<[ActOutcome]>([])
        let (services, actors) = (office.sandbox.services, [office.first, office.second])
        DispatchQueue.concurrentPerform(iterations: 2) { index in
            let outcome = try? services.callDesk.take(id, by: actors[index])
            outcomes.withLock { $0.append(outcome ?? .notFound) }
        }
        #expect(outcomes.withLock { Set($0) } == [.done, .callOver])
    }

    @Test func `is over once: approved, rejected or called off, and nothing after it`() throws {
        let office = try CallOffice()
        let services = office.sandbox.services
        for ending in ["approve", "reject", "cancel"] {
            let device = TestDevice(office.sandbox)
            let token = try CallOffice.token(try office.book(0, nil, device).1)
            let id = try #require(try office.open(token)).call.id
            #expect(try services.callDesk.take(id, by: office.first) == .done)
            switch ending {
            case "approve": #expect(try office.approve(id) == .done)
            case "reject": #expect(try services.callDesk.reject(id, .noHologram, by: office.first) == .done)
            default: try services.calls.cancel(token, address: "")
            }
            let state = try office.progress(device)?.state
            #expect(try office.approve(id) == .callOver)
            #expect(try services.callDesk.reject(id, .noHologram, by: office.first) == .callOver)
            #expect(try services.callDesk.release(id, by: office.first) == .callOver)
            try services.calls.cancel(token, address: "")
            #expect(try !services.calls.consent(token, true))
            #expect(try office.progress(device)?.state == state, "\(ending)")
        }
        let begun = try services.store.read { (database) throws(StoreError) in
            try database.run("SELECT count(*) FROM registrations")[0].integer(0)
        }
        #expect(begun == 1)
    }

    @Test func `goes to another operator when the first gives it back, or is gone for a minute`() throws {
        let office = try CallOffice()
        let services = office.sandbox.services
        let (id, token) = try office.taken()
        #expect(try services.callDesk.release(id, by: office.first) == .done)
        #expect(try office.progress()?.state == .queued)
        #expect(try services.callDesk.take(id, by: office.second) == .done)
        for _ in 0..<4 {
            office.sandbox.pass(50)
            #expect(try services.callDesk.keep(id, by: office.second) != nil)
            #expect(try office.open(token)?.progress.state == .running)
        }
        office.sandbox.pass(Call.operatorPresence + 1)
        #expect(try office.open(token)?.progress.state == .queued)
        #expect(try services.callDesk.keep(id, by: office.second) == nil)
        #expect(try services.callDesk.take(id, by: office.first) == .done)
        let view = try #require(try office.open(token))
        #expect(view.call.turn == 3 && view.call.code.count == 4)
    }

    @Test func `survives the gateway's restart`() throws {
        let office = try CallOffice()
        let (id, token) = try office.taken()
        let again = try Sandbox(folder: office.sandbox.folder, hours: .always)
        let view = try #require(try again.services.calls.view(token, isOpen: true))
        #expect(view.progress.state == .running && view.call.id == id)
        #expect(try again.services.callDesk.approve(id, checks: CallOffice.all, by: office.first) == .done)
        #expect(try office.progress()?.state == .approved)
    }

    @Test func `leaves the page's token nowhere on the disk`() throws {
        let office = try CallOffice()
        let token = try CallOffice.token(try office.book().1)
        for name in try FileManager.default.contentsOfDirectory(atPath: office.sandbox.folder) {
            let data = FileManager.default.contents(atPath: "\(office.sandbox.folder)/\(name)") ?? Data()
            #expect(data.range(of: Data(token)) == nil, "\(name)")
        }
    }

    @Test func `is called off at the desk, but not by its own person`() throws {
        let office = try CallOffice()
        let document = try NationalDocument(parsing: Newcomer.document)
        _ = try office.taken()
        #expect(try office.sandbox.services.callDesk.cancelAll(of: document, by: office.second) == .done)
        #expect(try office.progress()?.state == .cancelled)
        #expect(try office.sandbox.services.callDesk.cancelAll(of: document, by: office.second) == .callOver)
        let own = try NationalDocument(parsing: CallOffice.operators[1])
        #expect(try office.sandbox.services.callDesk.cancelAll(of: own, by: office.second) == .ownRecord)
    }
}
