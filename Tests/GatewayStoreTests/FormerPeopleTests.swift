import ClaveDomain
import Testing

@testable import GatewayStore

@Suite struct `People of the database of a former version` {
    private let store: SQLiteStore
    private let raw: SQLiteConnection
    private static let now = FormerDatabase.now

    init() throws { (store, raw) = try FormerDatabase.open() }

    private func read<Result>(_ body: (ReadTransaction) throws(StoreError) -> Result) throws -> Result {
        try store.read(body)
    }

    private func citizen(_ document: String) throws -> Citizen? {
        let document = try NationalDocument(parsing: document)
        return try read { (tx) throws(StoreError) in try tx.citizens.find(document) }
    }

    @Test func `are all read, with their levels, languages and ways`() throws {
        let people = try read { (tx) throws(StoreError) in try tx.citizens.all() }
        #expect(people.count == 9)
        let aina = try #require(try citizen("12345678Z"))
        #expect(aina.id == 1 && aina.name == "AINA PROVA MOSTRA" && aina.level == .basic && aina.language == "ca")
        #expect(aina.phone.text == "+34600000001" && aina.datum.canonicalText == "31-12-2030")
        #expect(aina.registeredAt == 1_800_000_000 && aina.way == "desk" && aina.renewedAt == 0)
        #expect(aina.email == "aina@example.org" && aina.emailConfirmedAt == Self.now - 240)
        // She is at the basic level until the recording of her call is reviewed.
        let lucy = try #require(try citizen("X7654321J"))
        #expect(lucy.way == "call" && lucy.level == .basic && lucy.language == "en" && lucy.version == 0)
        #expect(lucy.phone.text == "+34611222444" && lucy.datum.canonicalText == "E00000012")
        #expect(lucy.email == "lucy@example.org" && lucy.emailConfirmedAt == 0)
        #expect(lucy.registeredAt == Self.now - 120)
    }

    @Test func `count what changes in their records, and have their operators`() throws {
        let operators = try read { (tx) throws(StoreError) in try tx.citizens.operators() }
        #expect(operators.map(\.document.text) == ["00000000T", "99999972C"])
        #expect(operators.map(\.version) == [1, 1])
        // Her address, and that it was confirmed.
        #expect(try #require(try citizen("12345678Z")).version == 2)
    }

    @Test func `that were removed are not there, and their device acts no more and has no name`() throws {
        #expect(try citizen("99999999R") == nil)
        let devices = try read { (tx) throws(StoreError) in try tx.devices.device(1) }
        let device = try #require(devices)
        #expect(device.citizen == 0 && device.name.isEmpty && !device.isActive)
    }

    @Test func `have their devices, of which the newest acts`() throws {
        let (lines, active) = try read { (tx) throws(StoreError) in
            (try tx.devices.lines(of: 1), try tx.devices.active(of: 1))
        }
        #expect(lines.map(\.isActive) == [false, true])
        #expect(lines.map(\.activatedAt) == [Self.now - 360, Self.now - 300])
        #expect(lines.map(\.name) == ["desk", "desk"] && lines.map(\.document) == ["12345678Z", "12345678Z"])
        let device = try #require(active)
        #expect(device.id == lines.last?.id && device.signingKey.count == 32 && device.sealingKey.count == 32)
        let all = try read { (tx) throws(StoreError) in
            try tx.devices.lines(of: nil, isActive: true, limit: 100)
        }
        #expect(all.map(\.document) == ["X7654321J", "12345678Z"])
        // What waits on its stream: the PIN alone.
        let events = try read { (tx) throws(StoreError) in
            try tx.devices.events(of: device.id, after: 0, at: Self.now, limit: 100)
        }
        #expect(events.last?.sequence == device.lastSequence)
        #expect(events.allSatisfy { !$0.sealed.isEmpty && $0.expiresAt > Self.now })
    }

    @Test func `of the census are read with the lines of their addresses`() throws {
        let document = try NationalDocument(parsing: "20000002F")
        let entry = try #require(try read { (tx) throws(StoreError) in try tx.census.find(document) })
        #expect(entry.name == "NÚRIA NOVA" && entry.address == ["Carrer de Mostra, 1", "00001 Proves"])
        #expect(entry.datum.canonicalText == "05-05-2033" && entry.language == "ca")
        for text in ["22222222J", "33333333P", "X7654321J"] {
            let document = try NationalDocument(parsing: text)
            #expect(try read { (tx) throws(StoreError) in try tx.census.find(document) } != nil)
        }
    }

    @Test func `have letters: two printed ones, and one that waits for the printer`() throws {
        let letters = try read { (tx) throws(StoreError) in try tx.letters.list(to: nil, limit: 100) }
        #expect(letters.map(\.document) == ["33333333P", "20000002F", "22222222J"])
        #expect(letters.map(\.state) == [.live, .live, .live])
        #expect(letters.map(\.printedAt) == [0, Self.now - 240, Self.now - 240])
        #expect(letters.map(\.sentAt) == [Self.now - 180, Self.now - 240, Self.now - 240])
        #expect(letters.allSatisfy { $0.triesLeft == 5 && $0.expiresAt > Self.now })
        #expect(letters.map(\.digest.count) == [0, 32, 32])
        let waiting = try read { (tx) throws(StoreError) in try tx.letters.nextToPrint(at: Self.now) }
        #expect(waiting?.number == letters.first?.number && waiting?.name == "KEPA BERRIA")
        #expect(waiting?.address == ["Adibide kalea, 12", "20999 ASMATUA"] && waiting?.language == "eu")
        #expect(try read { (tx) throws(StoreError) in try tx.letters.discarded() }.isEmpty)
    }

    @Test func `have a registration under way, which waits for the code of the phone`() throws {
        let row = try #require(
            try raw.run("SELECT session, signing_key, sealing_key FROM registrations WHERE document = '20000002F'")
                .first)
        let session = RegistrationSession(id: row.blob(0), signingKey: row.blob(1), sealingKey: row.blob(2))
        let found = try read { (tx) throws(StoreError) in try tx.registrations.find(session, at: Self.now) }
        let pending = try #require(found)
        #expect(pending.proof.way == "letter" && pending.proof.document.text == "20000002F")
        #expect(pending.proof.name == "NÚRIA NOVA" && pending.proof.level == .basic && pending.proof.letter == 2)
        #expect(pending.phone?.text == "+34611222333" && pending.email == "nuria@example.org")
        #expect(pending.language == "ca" && pending.digest.count == 32 && pending.triesLeft == 5)
        #expect(pending.state(at: Self.now) == .confirming)
    }

    @Test func `have e-mails: a link that was sent, and two that wait`() throws {
        let tokens = try raw.run("SELECT token FROM emails WHERE token IS NOT NULL").map { $0.blob(0) }
        #expect(tokens.count == 1)
        let (sent, next) = try read { (tx) throws(StoreError) in
            (try tx.emails.find(token: tokens[0], at: Self.now), try tx.emails.nextToSend(at: Self.now))
        }
        let grace = try #require(try citizen("X1234567L"))
        #expect(sent?.citizen == grace.id && sent?.sentAt == Self.now - 240 && sent?.tries == 1)
        #expect(next?.citizen == (try citizen("Z1234567R"))?.id && next?.sentAt == 0 && next?.tries == 0)
        #expect(try raw.run("SELECT count(*) FROM emails") == [[.integer(3)]])
    }
}
