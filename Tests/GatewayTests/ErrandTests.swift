import ClaveDomain
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import Synchronization
import Testing
import Wire

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

/// What somebody types: the four kinds that an answer must not tell apart.
enum Typed: String, CaseIterable, Sendable {
    case rightWithDevice, rightWithout, wrong, unregistered

    var person: PersonDatum {
        switch self {
        case .rightWithDevice:
            PersonDatum(document: "12345678Z", datumKind: "validity", datum: "31-12-2030", language: "ca")
        case .rightWithout:
            PersonDatum(document: "00000000T", datumKind: "validity", datum: "15-06-2031", language: "ca")
        case .wrong: PersonDatum(document: "12345678Z", datumKind: "validity", datum: "30-12-2030", language: "ca")
        case .unregistered:
            PersonDatum(document: "87654321X", datumKind: "validity", datum: "31-12-2030", language: "ca")
        }
    }

    var asked: ClaimedPerson { ClaimedPerson(person)! }
}

@Suite struct `What a step leaves to be done after its answer` {
    /// A sandbox in which nothing is done until the test does it, and an active device of AINA's.
    private func waiting() throws -> (Sandbox, TestDevice) {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        _ = try device.activate()
        sandbox.reactor.holdErrands()
        sandbox.reactor.holdMessages()
        return (sandbox, device)
    }

    /// How many rows each table has, and how many the store's writer has changed since it was opened.
    private func work(_ sandbox: Sandbox) throws -> [String: Int64] {
        try sandbox.services.store.write { (database) throws(StoreError) in
            let tables = try database.run("SELECT name FROM sqlite_schema WHERE type = 'table'").map { $0.text(0) }
            var work = ["changes": try database.run("SELECT total_changes()")[0].integer(0)]
            for table in tables { work[table] = try database.run("SELECT count(*) FROM \(table)")[0].integer(0) }
            return work
        }
    }

    private func difference(_ sandbox: Sandbox, _ act: () throws -> Void) throws -> [String: Int64] {
        let before = try work(sandbox)
        try act()
        let after = try work(sandbox)
        return after.merging(before, uniquingKeysWith: -).filter { $0.value != 0 }
    }

    @Test func `is all that depends on the data of a PIN: the rest is the same work, asked for once or again`() throws {
        var all: [[String: Int64]] = []
        for typed in Typed.allCases {
            let (sandbox, _) = try waiting()
            let visit = try sandbox.visit()
            let asked = typed.asked
            for _ in 0..<2 {
                all.append(
                    try difference(sandbox) {
                        let outcome = try sandbox.services.pins.request(
                            visit, asked.document, asked.datum, address: "192.0.2.1")
                        #expect(outcome == .accepted)
                    })
                try sandbox.services.runErrands()
                sandbox.pass(60)
            }
            all.append(
                try difference(sandbox) {
                    let outcome = try sandbox.services.pins.sendBySMS(visit, address: "192.0.2.1")
                    #expect(outcome == .accepted)
                })
            try sandbox.services.runErrands()
            for _ in 0..<3 { all.append(try difference(sandbox) { _ = try sandbox.enter(visit, "not a PIN") }) }
        }
        let ofOne = all.count / Typed.allCases.count
        #expect(all[0]["errands"] == 1 && all[0]["audit"] == nil)
        for (index, work) in all.enumerated() { #expect(work == all[index % ofOne], "\(index)") }
    }

    @Test func `is all that depends on the data of a request by Cl@ve Mòbil`() throws {
        var all: [[String: Int64]] = []
        for typed in Typed.allCases {
            let (sandbox, _) = try waiting()
            let visit = try sandbox.visit()
            let asked = typed.asked
            for _ in 0..<2 {
                all.append(
                    try difference(sandbox) {
                        let outcome = try sandbox.services.approvals.request(
                            visit, asked.document, asked.datum, address: "192.0.2.1")
                        #expect(outcome == .accepted)
                    })
                try sandbox.services.runErrands()
            }
            all.append(try difference(sandbox) { try sandbox.services.visits.cancel(visit) })
        }
        for (index, work) in all.enumerated() { #expect(work == all[index % 3], "\(index)") }
    }

    @Test func `is all that depends on the data of an activation, a letter or a call`() throws {
        for name in ["start", Registration.letterStep, RegistrationCall.bookStep] {
            var all: [[String: Int64]] = []
            let people = Typed.allCases.map(\.person) + [try Newcomer(try Sandbox()).person()]
            for person in people {
                let sandbox = try Sandbox(hours: .always)
                _ = try Newcomer(sandbox)
                sandbox.reactor.holdErrands()
                let device = TestDevice(sandbox)
                all.append(
                    try difference(sandbox) {
                        let first: UInt8
                        switch name {
                        case "start":
                            var body = SecretWriter()
                            for text in [person.document, "validity", person.datum, "ca"] { body.put(text) }
                            first = try device.step("start", body.finish()).body[0]
                        case Registration.letterStep:
                            first = try device.register(name, person.secretBytes).outcome?.rawValue ?? 99
                        default:
                            let wish = CallWish(person: person, start: 0)
                            first = try device.register(name, wish.secretBytes).outcome?.rawValue ?? 99
                        }
                        #expect(first == 0)
                    })
            }
            for work in all { #expect(work == all[0], "\(name)") }
        }
    }

    @Test func `is the same number of messages for all data, of which nobody's are not sent`() throws {
        for typed in Typed.allCases where typed != .rightWithDevice {
            let (sandbox, _) = try waiting()
            let before = sandbox.telephone.messages.withLock { $0.count }
            _ = try sandbox.services.pins.request(
                try sandbox.visit(), typed.asked.document, typed.asked.datum, address: "192.0.2.1")
            try sandbox.services.runErrands()
            #expect(try work(sandbox)["messages"] == 1, "\(typed)")
            try sandbox.services.sendMessages()
            #expect(try work(sandbox)["messages"] == 0)
            let sent = sandbox.telephone.messages.withLock { $0.count } - before
            #expect(sent == (typed == .rightWithout ? 1 : 0), "\(typed)")
        }
    }

    @Test func `is done by the next gateway if this one is killed, in all its parts`() throws {
        let (sandbox, device) = try waiting()
        let visit = try sandbox.visit()
        try sandbox.askPIN(visit)
        #expect(try device.pin() == nil)
        let next = try Sandbox(folder: sandbox.folder)
        try next.services.runErrands()
        device.sandbox = next
        let pin = try #require(try device.pin())
        #expect(try next.enter(visit, pin) == .entered)
    }

    @Test func `is a message that the next gateway sends, if this one is killed before it could say that it did`()
        throws
    {
        let (sandbox, _) = try waiting()
        _ = try sandbox.services.pins.request(
            try sandbox.visit(), Typed.rightWithout.asked.document, Typed.rightWithout.asked.datum,
            address: "192.0.2.1")
        try sandbox.services.runErrands()
        // Taken, and then killed.
        try sandbox.services.store.write { (database) throws(StoreError) in
            _ = try database.run("UPDATE messages SET taken_at = ?, tries = 1", .integer(Int64(sandbox.now)))
        }
        let next = try Sandbox(folder: sandbox.folder)
        try next.services.sendMessages()
        #expect(next.telephone.messages.withLock { $0.isEmpty })
        try next.services.dispatcher.release()
        try next.services.sendMessages()
        #expect(next.telephone.last("PIN [A-Z2-7]{3}") != nil)
        try next.services.dispatcher.release()
        try next.services.sendMessages()
        #expect(next.telephone.messages.withLock { $0.count } == 1)
    }

    @Test func `is dropped and told where the tables refuse it, and what is behind it is done`() throws {
        let (sandbox, device) = try waiting()
        let newcomer = try Newcomer(sandbox)
        try sandbox.services.store.write { (database) throws(StoreError) in
            try database.runScript(
                "CREATE TRIGGER no_letters BEFORE INSERT ON letters BEGIN SELECT RAISE(ABORT, 'no'); END")
        }
        #expect(
            try newcomer.device.register(Registration.letterStep, newcomer.person().secretBytes).outcome == .accepted)
        try sandbox.askPIN(try sandbox.visit())
        try sandbox.services.runErrands()
        #expect(try device.pin() != nil)
        #expect(try work(sandbox)["errands"] == 0)
        #expect(try sandbox.services.auditLog.newest(limit: 100, .init(act: "errand")).map(\.outcome) == ["failed"])
    }

    @Test func `lies sealed in the database until it is done, and is gone from its files within a minute`() throws {
        let (sandbox, _) = try waiting()
        let files = DatabaseFiles(folder: sandbox.folder)
        for typed in [Typed.wrong, .rightWithout] {
            _ = try sandbox.services.pins.request(
                try sandbox.visit(), typed.asked.document, typed.asked.datum, address: "192.0.2.1")
        }
        let errands = try files.values("SELECT sealed FROM errands")
        #expect(try errands.count == 2 && !files.hold(Typed.wrong.person.datum))
        try sandbox.services.runErrands()
        let messages = try files.values("SELECT sealed FROM messages")
        #expect(try messages.count == 2 && !files.hold("Sandbox: "))
        try sandbox.services.sendMessages()
        #expect(sandbox.telephone.last("PIN [A-Z2-7]{3}") != nil)
        sandbox.pass(60)
        try sandbox.services.sweeper.sweep()
        for bytes in errands + messages { #expect(try !files.hold(bytes)) }
    }
}
