import ClaveDomain
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import Synchronization
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

/// The database's three files, as whoever copies the state folder has them.
struct DatabaseFiles {
    let folder: String

    func hold(_ bytes: [UInt8]) throws -> Bool {
        try ["", "-wal", "-shm"].contains { suffix in
            let path = "\(folder)/gateway.sqlite\(suffix)"
            do {
                return try Data(contentsOf: URL(filePath: path)).range(of: Data(bytes)) != nil
            } catch  where !Files.exists(path) {
                // A store that has just been let go of removes its log as it closes.
                return false
            }
        }
    }

    func hold(_ text: String) throws -> Bool { try hold(Array(text.utf8)) }

    /// The first column of a statement, by a connection of its own.
    func values(_ sql: String) throws -> [[UInt8]] {
        try SQLiteConnection(path: "\(folder)/gateway.sqlite").run(sql).map { $0.blob(0) }
    }
}

/// Reads the seed that lies in the database while a letter is printed.
private final class SeedReader: LetterPrinter, @unchecked Sendable {
    let folder: String
    let seeds = Mutex<[[UInt8]]>([])
    let isBroken = Mutex(false)
    var isFull: Bool { false }

    init(_ folder: String) { self.folder = folder }

    func print(_ letter: PrintedLetter) throws {
        let found = try DatabaseFiles(folder: folder).values("SELECT seed FROM letters WHERE seed <> x''")
        seeds.withLock { $0 += found }
        if isBroken.withLock(\.self) { throw SystemError("no paper", number: 28) }
    }

    func discard(_ number: Int64) {}
}

@Suite struct `What the gateway has deleted or overwritten` {
    private func document(_ number: Int) throws -> NationalDocument {
        try NationalDocument(parsing: "\(number)\(NationalDocument.checkLetter(of: number))")
    }

    private func name(_ given: String) throws -> FullName {
        FullName(given: try PersonName(parsing: given), surname: try PersonName(parsing: "PROVA"))
    }

    /// A sandbox with people of the census who wait for a letter.
    private func waiting(_ count: Int) throws -> (Sandbox, SeedReader) {
        let folder = NSTemporaryDirectory() + "clave-traces-" + UUID().uuidString
        let reader = SeedReader(folder)
        let sandbox = try Sandbox(folder: folder, outbox: reader)
        for index in 0..<count {
            let document = try document(60_000_000 + index)
            try sandbox.services.census.add(
                document, name: try name("NOVA"), datum: Sandbox.datum, address: ["Carrer"], language: "ca")
            #expect(try sandbox.services.letterAdministration.send(to: document, by: .owner) == .done)
        }
        return (sandbox, reader)
    }

    @Test func `keeps no seed of a letter that was printed in any of the database's files`() throws {
        let (sandbox, reader) = try waiting(120)
        try sandbox.services.letterPrinting?.printLetters()
        let seeds = reader.seeds.withLock(\.self)
        #expect(seeds.count == 120)
        let files = DatabaseFiles(folder: sandbox.folder)
        for (index, seed) in seeds.enumerated() { #expect(try !files.hold(seed), "letter \(index)") }
    }

    @Test func `keeps no seed of a letter that was made void before it was printed`() throws {
        let (sandbox, reader) = try waiting(1)
        reader.isBroken.withLock { $0 = true }
        try sandbox.services.letterPrinting?.printLetters()
        let first = reader.seeds.withLock { $0.first }
        let seed = try #require(first)
        let files = DatabaseFiles(folder: sandbox.folder)
        #expect(try files.hold(seed))
        #expect(try sandbox.services.letterAdministration.void(of: try document(60_000_000), by: .owner) == .done)
        #expect(try !files.hold(seed))
    }

    @Test func `keeps nothing of a recording whose consent was withdrawn, sealed as it was`() throws {
        let office = try CallOffice()
        let (id, token) = try office.taken(consents: true)
        for place in 0..<3 {
            let piece = randomBytes(20_000)
            #expect(
                try office.sandbox.services.recordings.keep(piece, place: place, of: id, turn: 1, by: office.first)
                    == .kept)
        }
        let files = DatabaseFiles(folder: office.sandbox.folder)
        let pieces = try files.values("SELECT piece FROM recordings")
        #expect(pieces.count == 3)
        // A long value lies on several pages, so its beginning and its end are looked for.
        let samples = pieces.flatMap { [Array($0.prefix(32)), Array($0.suffix(32))] }
        for sample in samples { #expect(try files.hold(sample)) }
        #expect(try office.sandbox.services.calls.consent(token, false))
        for sample in samples { #expect(try !files.hold(sample)) }
    }

    @Test func `keeps nothing of people who were removed, also where pages were filled and emptied many times`() throws
    {
        let sandbox = try Sandbox()
        let people = try (0..<150).map { try document(30_000_000 + $0) }
        for (index, person) in people.enumerated() {
            try sandbox.services.records.add(
                person, name: try name("NOM\(String(repeating: "A", count: index % 17))"), level: .basic,
                datum: Sandbox.datum, phone: try PhoneNumber(parsing: "+34620000\(100 + index)"))
        }
        let files = DatabaseFiles(folder: sandbox.folder)
        let removed = people.indices.filter { !$0.isMultiple(of: 3) }
        for index in removed {
            #expect(try files.hold("+34620000\(100 + index)"))
            #expect(try sandbox.services.removals.remove(people[index], .death, by: .owner) == .done)
        }
        for index in removed {
            #expect(try !files.hold("+34620000\(100 + index)"), "phone \(index)")
            #expect(try !files.hold(people[index].text), "document \(index)")
        }
    }

    @Test func `keeps no digest of a PIN or of an activation's code once its time is over`() throws {
        let sandbox = try Sandbox()
        try sandbox.askPIN(try sandbox.visit())
        try TestDevice(sandbox).askCode()
        let files = DatabaseFiles(folder: sandbox.folder)
        let digests =
            try files.values("SELECT digest FROM transactions") + files.values("SELECT code FROM activations")
        #expect(digests.count == 2)
        for digest in digests { #expect(try digest.count == 32 && files.hold(digest)) }
        sandbox.pass(601)
        try sandbox.services.sweeper.sweep()
        for digest in digests { #expect(try !files.hold(digest)) }
    }

    @Test func `is gone from a file of a former version too, once it is opened`() throws {
        let folder = NSTemporaryDirectory() + "clave-traces-" + UUID().uuidString
        try Files.makeFolder(folder)
        let files = DatabaseFiles(folder: folder)
        do {
            let former = try SQLiteConnection(path: folder + "/gateway.sqlite")
            try Schema.bringUpToDate(former, to: 8)
            try former.runScript("PRAGMA secure_delete = OFF")
            try former.runScript(
                """
                INSERT INTO census VALUES ('12345678Z', 'A NAME THAT WAS DELETED', 'validity', '', '', '');
                INSERT INTO letters (document, code, tries_left, sent_at, expires_at, state, printed_at, seed)
                VALUES ('12345678Z', x'', 5, 1, 2, 2, 0, CAST('A SEED OF A VOID LETTER' AS BLOB));
                DELETE FROM census;
                """)
        }
        #expect(try files.hold("A NAME THAT WAS DELETED") && files.hold("A SEED OF A VOID LETTER"))
        let store = try SQLiteStore(path: folder + "/gateway.sqlite")
        #expect(try !files.hold("A NAME THAT WAS DELETED") && !files.hold("A SEED OF A VOID LETTER"))
        let letters = try store.read { (database) throws(StoreError) in try database.run("SELECT id FROM letters") }
        #expect(letters.count == 1)
    }

    @Test func `is gone from a file whose upgrade was cut off before the file was rebuilt`() throws {
        let folder = NSTemporaryDirectory() + "clave-traces-" + UUID().uuidString
        try Files.makeFolder(folder)
        let files = DatabaseFiles(folder: folder)
        do {
            let cut = try SQLiteConnection(path: folder + "/gateway.sqlite")
            try Schema.bringUpToDate(cut)
            try cut.runScript(
                """
                PRAGMA secure_delete = OFF;
                INSERT INTO census VALUES ('12345678Z', 'A NAME THAT WAS DELETED', 'validity', '', '', '');
                DELETE FROM census;
                PRAGMA application_id = 0;
                """)
        }
        #expect(try files.hold("A NAME THAT WAS DELETED"))
        _ = try SQLiteStore(path: folder + "/gateway.sqlite")
        #expect(try !files.hold("A NAME THAT WAS DELETED"))
    }

    @Test func `is gone at the next write where a reader was in the way`() throws {
        let sandbox = try Sandbox()
        let files = DatabaseFiles(folder: sandbox.folder)
        #expect(
            try sandbox.services.records.change(Sandbox.document, .init(email: "a@example.org"), by: .owner) == .done)
        let reader = try SQLiteConnection(path: sandbox.folder + "/gateway.sqlite")
        try reader.runScript("BEGIN")
        _ = try reader.run("SELECT count(*) FROM citizens")
        #expect(try sandbox.services.removals.remove(Sandbox.document, .death, by: .owner) == .done)
        #expect(try files.hold("a@example.org"))
        try reader.runScript("COMMIT")
        try sandbox.services.sweeper.sweep()
        #expect(try !files.hold("a@example.org"))
    }
}
