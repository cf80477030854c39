import ClaveDomain
import GatewayAPI
import SecureMemory
import Synchronization
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `Registration by letter` {
    @Test func `registers at the basic level, and activates the device in the same step`() throws {
        let newcomer = try Newcomer(try Sandbox())
        #expect(try newcomer.letter() == .accepted)
        let letter = try #require(newcomer.sandbox.printer.last)
        #expect(letter.name == "NÚRIA NOVA" && letter.address == ["Carrer de Mostra, 1", "00001 Proves"])
        #expect(try newcomer.redeem(newcomer.code) == .accepted)
        #expect(try newcomer.contact() == .accepted)
        let confirmed = try newcomer.confirm()
        #expect(confirmed.outcome == .accepted && confirmed.isGranted)
        let person = try #require(try newcomer.registered())
        #expect(person.level == .basic && person.phone.text == "+34611222333" && person.name == "NÚRIA NOVA")
        // The code is used up: on another device it says no more than that.
        let other = try Newcomer(newcomer.sandbox)
        #expect(try other.redeem(newcomer.code) == .alreadyRegistered)
        #expect(try other.contact() == .over)
        #expect(try other.redeem("ABCDEFGHJKLMNPQR") == .wrong)
    }

    @Test func `tells again whose reply was lost, on the same device alone`() throws {
        let newcomer = try Newcomer(try Sandbox())
        #expect(try newcomer.letter() == .accepted)
        #expect(try newcomer.redeem(newcomer.code) == .accepted)
        #expect(try newcomer.contact() == .accepted)
        #expect(try newcomer.confirm().isGranted)
        // As if the reply had not come: from any point the grant comes, and nothing is made anew.
        for step in [Registration.stateStep, Registration.confirmStep, Registration.codeStep] {
            let again = try newcomer.device.register(step, SecretBytes(zeros: 0))
            #expect(again.outcome == .acting && again.isGranted, "\(step)")
        }
        let devices = try newcomer.sandbox.services.store.read { (database) throws(StoreError) in
            try database.run("SELECT count(*) FROM devices WHERE is_active = 1")[0].integer(0)
        }
        #expect(devices == 1)
        // A device that acts no more gets nothing of it.
        let person = try #require(try newcomer.registered())
        #expect(try newcomer.sandbox.services.deviceAdministration.deactivate(of: person.document, by: .owner) == .done)
        #expect(try newcomer.device.register(Registration.stateStep, SecretBytes(zeros: 0)).isGranted == false)
    }

    @Test func `says to who did not activate, and lost the reply, that it is done`() throws {
        let newcomer = try Newcomer(try Sandbox())
        #expect(try newcomer.letter() == .accepted)
        #expect(try newcomer.redeem(newcomer.code) == .accepted)
        #expect(try newcomer.contact() == .accepted)
        let code = newcomer.sandbox.telephone.last("[0-9]{6}")
        #expect(try newcomer.confirm(activates: false).outcome == .accepted)
        let state = try newcomer.device.register(Registration.stateStep, SecretBytes(zeros: 0))
        #expect(state.outcome == .alreadyRegistered && state.number == 1 && !state.isGranted)
        // The session proves no more: neither the code nor another phone brings anything about.
        #expect(try newcomer.confirm(code).outcome == .over)
        #expect(try newcomer.device.register(Registration.activateStep, SecretBytes(zeros: 0)).outcome == .over)
        #expect(try newcomer.contact("+34611222444") == .accepted)
        #expect(try newcomer.confirm().outcome == .alreadyRegistered)
        #expect(try newcomer.registered()?.phone.text == "+34611222333")
    }

    @Test func `answers wrong data, and people who are registered, as it answers right ones`() throws {
        let newcomer = try Newcomer(try Sandbox())
        #expect(try newcomer.letter(newcomer.person(Newcomer.document, "06-05-2033")) == .accepted)
        #expect(try newcomer.letter(newcomer.person("20000003P")) == .accepted)
        #expect(try newcomer.letter(newcomer.person("12345678Z", "31-12-2030")) == .accepted)
        #expect(newcomer.sandbox.printer.count == 0)
    }

    @Test func `takes a letter's code for its person alone, and a letter is void after five wrong ones`() throws {
        let newcomer = try Newcomer(try Sandbox())
        _ = try newcomer.letter()
        let code = newcomer.code
        #expect(try newcomer.redeem(code, newcomer.person(Newcomer.document, "06-05-2033")) == .wrong)
        #expect(try newcomer.redeem(code, newcomer.person("20000003P")) == .wrong)
        // Who knows the document alone spoils nothing.
        for _ in 0..<4 { #expect(try newcomer.redeem("AAAABBBBCCCCDDDD") == .wrong) }
        #expect(try newcomer.redeem(code) == .accepted)
        #expect(try newcomer.redeem("AAAABBBBCCCCDDDD") == .wrong)
        #expect(try newcomer.redeem(code) == .wrong)
    }

    @Test func `knows the newest letter only, sends three a month, and each for sixty days`() throws {
        let newcomer = try Newcomer(try Sandbox())
        _ = try newcomer.letter()
        let first = newcomer.code
        _ = try newcomer.letter()
        #expect(newcomer.code != first)
        #expect(try newcomer.redeem(first) == .wrong)
        #expect(try newcomer.redeem(newcomer.code) == .accepted)
        for _ in 0..<2 { _ = try newcomer.letter() }
        #expect(newcomer.sandbox.printer.count == 3)
        newcomer.sandbox.pass(60 * 86_400)
        #expect(try newcomer.redeem(newcomer.code) == .wrong)
    }

    @Test func `goes to the address of when it is printed, and is void where nobody lives any more`() throws {
        let newcomer = try Newcomer(try Sandbox())
        newcomer.sandbox.printer.broken.withLock { $0 = true }
        _ = try newcomer.letter()
        try newcomer.moveHouse(to: "Plaça Nova, 2")
        newcomer.sandbox.printer.broken.withLock { $0 = false }
        try newcomer.sandbox.services.letterPrinting?.printLetters()
        #expect(newcomer.sandbox.printer.last?.address == ["Plaça Nova, 2", "00001 Proves"])
        // The same entry again changes nothing.
        try newcomer.moveHouse(to: "Plaça Nova, 2")
        #expect(try newcomer.redeem(newcomer.code) == .accepted)
        try newcomer.moveHouse(to: "Carrer de Dalt, 3")
        #expect(try newcomer.redeem(newcomer.code) == .wrong)
    }

    @Test func `can be asked for and redeemed with a clock that jumps`() throws {
        let newcomer = try Newcomer(try Sandbox())
        newcomer.sandbox.jump(400 * 86_400)
        _ = try newcomer.letter()
        newcomer.sandbox.jump(-400 * 86_400)
        #expect(try newcomer.redeem(newcomer.code) == .accepted)
        // What was begun is there still after a year that was none.
        newcomer.sandbox.jump(400 * 86_400)
        #expect(try newcomer.sandbox.services.sweeper.sweep() == false)
        newcomer.sandbox.jump(-400 * 86_400)
        #expect(try newcomer.contact() == .accepted)
        // To the future the code is old, and to the past it has not got younger.
        newcomer.sandbox.jump(3600)
        #expect(try newcomer.confirm().outcome == .over)
        #expect(try newcomer.contact() == .accepted)
        newcomer.sandbox.jump(-3600)
        #expect(try newcomer.confirm().outcome == .accepted)
        #expect(try newcomer.registered() != nil)
    }

    @Test func `says to everybody that the outbox is full, and prints later what could not be printed`() throws {
        let newcomer = try Newcomer(try Sandbox())
        newcomer.sandbox.printer.full.withLock { $0 = true }
        #expect(try newcomer.letter() == .busy)
        #expect(try newcomer.letter(newcomer.person("20000003P")) == .busy)
        newcomer.sandbox.printer.full.withLock { $0 = false }
        newcomer.sandbox.printer.broken.withLock { $0 = true }
        #expect(try newcomer.letter() == .accepted)
        newcomer.sandbox.printer.broken.withLock { $0 = false }
        try newcomer.sandbox.services.letterPrinting?.printLetters()
        #expect(try newcomer.redeem(newcomer.code) == .accepted)
    }

    @Test func `prints the same letter again where the printing was cut off, and another one afterwards`() throws {
        let newcomer = try Newcomer(try Sandbox())
        let (printer, services) = (newcomer.sandbox.printer, newcomer.sandbox.services)
        func seed() throws -> [UInt8] {
            try services.store.read { (database) throws(StoreError) in
                try database.run("SELECT seed FROM letters ORDER BY id DESC LIMIT 1")[0].blob(0)
            }
        }
        printer.cut.withLock { $0 = true }
        #expect(try newcomer.letter() == .accepted)
        try services.letterPrinting?.printLetters()
        #expect(try seed().count == 32)
        printer.cut.withLock { $0 = false }
        try services.letterPrinting?.printLetters()
        let letters = printer.letters.withLock(\.self)
        #expect(letters.count > 1 && letters.allSatisfy { $0 == letters[0] })
        // What the code was made of is gone with the printing.
        #expect(try seed().isEmpty)
        #expect(try newcomer.redeem(newcomer.code) == .accepted)
        #expect(try newcomer.letter() == .accepted)
        #expect(newcomer.code != letters[0].code.text)
    }

    @Test func `goes on with the same letter when it was broken off, on any device`() throws {
        let sandbox = try Sandbox()
        let newcomer = try Newcomer(sandbox)
        _ = try newcomer.letter()
        #expect(try newcomer.redeem(newcomer.code) == .accepted)
        #expect(try newcomer.contact() == .accepted)
        let again = try Newcomer(sandbox)
        #expect(try again.redeem(newcomer.code) == .accepted)
        #expect(try again.contact() == .accepted)
        #expect(try again.confirm(activates: false).outcome == .accepted)
        // Who was first comes too late, and nobody is registered twice.
        #expect(try newcomer.confirm().outcome == .over)
        #expect(try newcomer.registered() != nil)
    }

    @Test func `takes a phone that is nobody else's, once its code has come back`() throws {
        let newcomer = try Newcomer(try Sandbox())
        _ = try newcomer.letter()
        #expect(try newcomer.contact() == .over)
        _ = try newcomer.redeem(newcomer.code)
        #expect(try newcomer.contact("+34600000001") == .accepted)
        #expect(try newcomer.confirm().outcome == .phoneTaken)
        #expect(try newcomer.contact() == .accepted)
        let wrong = try newcomer.confirm("000000")
        #expect(wrong.outcome == .wrongCode && wrong.number == 4)
        #expect(try newcomer.confirm().outcome == .accepted)
    }

    @Test func `leaves neither a code nor a phone's code on the disk`() throws {
        let newcomer = try Newcomer(try Sandbox())
        _ = try newcomer.letter()
        _ = try newcomer.redeem(newcomer.code)
        _ = try newcomer.contact()
        let sms = try #require(newcomer.sandbox.telephone.last("[0-9]{6}"))
        let rows = try newcomer.sandbox.services.store.read { (database) throws(StoreError) in
            try database.run("SELECT code FROM letters UNION ALL SELECT code FROM registrations").map { $0.blob(0) }
        }
        #expect(rows.count == 2 && rows.allSatisfy { $0.count == 32 })
        #expect(!rows.contains(Array(newcomer.code.utf8)) && !rows.contains(Array(sms.utf8)))
    }
}
