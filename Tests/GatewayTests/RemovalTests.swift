import ClaveDomain
import Foundation
import GatewayAPI
import SecureMemory
import Synchronization
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `Removing a person` {
    private static let traces = ["12345678Z", "AINA PROVA", "600000001", "aina@example.org", "aina's desk"]

    /// Everything that the gateway can hold of a person: devices, PIN, code, letter, registration, mail, census.
    private func fill(_ bureau: Bureau) throws -> TestDevice {
        let (services, sandbox) = (bureau.services, bureau.sandbox)
        try services.census.add(
            Sandbox.document, name: try Bureau.name("Aina", "Prova"), datum: Sandbox.datum,
            address: ["aina's desk"], language: "ca")
        for _ in 0..<2 { #expect(try TestDevice(sandbox).activate().isGranted) }
        let device = TestDevice(sandbox)
        #expect(try device.activate().isGranted)
        try sandbox.askPIN(try sandbox.visit())
        sandbox.pass(3600)
        _ = try TestDevice(sandbox).activate(code: "000000")
        let changes = RecordService.Changes(email: "aina@example.org")
        #expect(try services.records.change(Sandbox.document, changes, by: .owner) == .done)
        try services.store.write { (database) throws(StoreError) in
            var effects = Effects()
            try services.letterQueue.queue(database, to: Sandbox.document, &effects)
            try database.run("UPDATE devices SET name = 'aina''s desk' WHERE is_active = 0")
            let proof = IdentityProof(
                way: "letter", document: Sandbox.document, name: "AINA PROVA", level: .basic)
            try database.run(
                """
                INSERT INTO registrations (session, signing_key, sealing_key, way, document, name, level, expires_at)
                VALUES (x'01', x'', x'', ?, ?, ?, 1, ?)
                """, .text(proof.way), .text(proof.document.text), .text(proof.name), .integer(Int64.max))
        }
        return device
    }

    /// The census's entries of the person; others who are not registered are in it too.
    private static let entries = "SELECT count(*) FROM census WHERE document = '12345678Z'"

    /// The bytes of the database, once nothing waits in its log and its holes are closed.
    private func bytes(_ bureau: Bureau) throws -> Data {
        let path = bureau.sandbox.folder + "/gateway.sqlite"
        let database = try SQLiteConnection(path: path)
        try database.runScript("PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
        return try Data(contentsOf: URL(filePath: path)) + (try Data(contentsOf: URL(filePath: path + "-wal")))
    }

    /// What names people by row number or document. Calls are held, and removed, in the tests about them.
    @Test func `is tried with a row in each table that names people`() throws {
        let bureau = try Bureau()
        _ = try fill(bureau)
        let tables = try bureau.services.store.read { (database) throws(StoreError) in
            try database.run(
                """
                SELECT DISTINCT tables.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
                WHERE tables.type = 'table' AND columns.name IN ('citizen', 'document')
                """
            ).map { $0.text(0) }
        }
        #expect(Set(tables).isSuperset(of: ["citizens", "devices", "census", "letters", "registrations", "emails"]))
        for table in tables where table != "calls" {
            #expect(try bureau.count("SELECT count(*) FROM \(table)") > 0, "\(table)")
        }
    }

    @Test func `leaves nothing of theirs in the database but the audit's starred lines`() throws {
        let bureau = try Bureau()
        _ = try fill(bureau)
        let before = try bytes(bureau)
        for trace in Self.traces { #expect(before.range(of: Data(trace.utf8)) != nil, "\(trace) was not there") }
        #expect(try bureau.services.removals.remove(Sandbox.document, .death, by: bureau.mine) == .done)
        let after = try bytes(bureau)
        for trace in Self.traces { #expect(after.range(of: Data(trace.utf8)) == nil, "\(trace) is still there") }
        for table in ["activations", "emails", "registrations", "letters", "transactions"] {
            #expect(try bureau.count("SELECT count(*) FROM \(table)") == 0, "\(table)")
        }
        #expect(try bureau.count(Self.entries) == 0)
        let line = try bureau.lastLine()
        #expect(line.act == "remove" && line.subject == "****5678Z" && line.outcome == "death")
    }

    @Test func `tells their device first, which then acts no more`() throws {
        let bureau = try Bureau()
        let device = try fill(bureau)
        let before = bureau.sandbox.reactor.told.withLock(\.count)
        guard case .stream(let number, _) = device.call("GET", Push.path) else {
            Issue.record("no stream")
            return
        }
        #expect(try bureau.services.removals.remove(Sandbox.document, .renunciation, by: bureau.mine) == .done)
        #expect(bureau.sandbox.reactor.told.withLock { Array($0.dropFirst(before)) } == [number])
        let key = bureau.services.keys.signing.publicKey
        let pushes = try bureau.services.devices.events(of: number, after: 0).compactMap {
            Push.open($0.sealed, signingKey: device.signing.publicKey, sealingKey: device.sealing, gateway: key)
        }
        #expect(pushes.count == 1)
        if case .deactivated = pushes.first?.event {} else { Issue.record("not told") }
        #expect(device.status(device.call("GET", Push.path)) == 403)
        // The device is forgotten too, once it can't be told any more.
        bureau.sandbox.pass(31 * 86_400)
        try bureau.services.sweeper.sweep()
        #expect(try bureau.count("SELECT count(*) FROM devices") == 0)
    }

    @Test func `signs them out at the procedures, and a visit of theirs is over`() throws {
        let bureau = try Bureau()
        let browser = Visitor(bureau.sandbox)
        _ = try browser.follow(try browser.identify(bureau.sandbox, at: "/procedure/padro"))
        #expect(browser.send("GET", "/procedure/padro").text.contains("AINA PROVA MOSTRA"))
        let other = Visitor(bureau.sandbox)
        try other.identify(bureau.sandbox, at: "/procedure/beca")
        #expect(try bureau.services.removals.remove(Sandbox.document, .renunciation, by: .owner) == .done)
        // Another person who gets the number of the row is not them.
        _ = try bureau.services.records.register(try bureau.newcomer(), by: .owner)
        #expect(!browser.send("GET", "/procedure/padro").text.contains("AINA"))
        #expect(other.send("GET", "/gateway/pin").status == 400)
    }

    @Test func `who renounces stays in the census and is told, and who has died is in none`() throws {
        let bureau = try Bureau()
        _ = try fill(bureau)
        #expect(try bureau.services.removals.remove(Sandbox.document, .renunciation, by: .owner) == .done)
        #expect(try bureau.count(Self.entries) == 1)
        let told = bureau.sandbox.telephone.messages.withLock { $0.last?.text }
        #expect(told == Texts(language: "ca").removedMessage)
        #expect(try bureau.services.removals.remove(Sandbox.document, .renunciation, by: .owner) == .notFound)
        #expect(try bureau.services.letterAdministration.send(to: Sandbox.document, by: .owner) == .done)
    }
}

@Suite struct `A letter of the desk's` {
    @Test func `goes to people of the census who aren't registered, three a month, and can be made void`() throws {
        let bureau = try Bureau()
        let document = try NationalDocument(parsing: "20000002F")
        let services = bureau.services
        #expect(try services.letterAdministration.send(to: document, by: bureau.mine) == .notListed)
        #expect(try services.letterAdministration.send(to: Sandbox.document, by: bureau.mine) == .documentTaken)
        try services.census.add(
            document, name: try Bureau.name("Núria", "Nova"), datum: Sandbox.datum, address: ["Carrer"], language: "ca")
        #expect(try services.letterAdministration.void(of: document, by: bureau.mine) == .noLetter)
        #expect(try services.letterAdministration.send(to: document, by: bureau.mine) == .done)
        #expect(try services.queries.letters(of: document).map(\.word) == ["to be printed"])
        try services.letterPrinting?.printLetters()
        #expect(bureau.sandbox.printer.count == 1)
        #expect(try services.queries.letters(of: document).map(\.word) == ["live"])
        #expect(try services.letterAdministration.void(of: document, by: bureau.mine) == .done)
        #expect(try services.queries.letters(of: document).map(\.word) == ["void"])
        for _ in 0..<2 { #expect(try services.letterAdministration.send(to: document, by: bureau.mine) == .done) }
        #expect(try services.letterAdministration.send(to: document, by: bureau.mine) == .tooManyLetters)
        bureau.sandbox.pass(60 * 86_400)
        #expect(try services.queries.letters(of: document).map(\.word) == ["expired", "void", "void"])
        #expect(try services.letterAdministration.void(of: document, by: bureau.mine) == .noLetter)
        bureau.sandbox.printer.full.withLock { $0 = true }
        #expect(try services.letterAdministration.send(to: document, by: bureau.mine) == .noPrinter)
    }
}
