import ClaveDomain
import GatewayAPI
import Testing

@testable import GatewayStore

@Suite struct `What people did in the database of a former version` {
    private let store: SQLiteStore
    private let raw: SQLiteConnection
    private static let now = FormerDatabase.now

    init() throws { (store, raw) = try FormerDatabase.open() }

    private func read<Result>(_ body: (ReadTransaction) throws(StoreError) -> Result) throws -> Result {
        try store.read(body)
    }

    /// The visits that began at a time, in the order of the columns given.
    private func visits(begunAt time: Int64) throws -> [Visit] {
        let ids = try raw.run(
            "SELECT id FROM transactions WHERE created_at = ?1 ORDER BY method, address", .integer(time))
        return try ids.map { row in
            try #require(try read { (tx) throws(StoreError) in try tx.visits.visit(row.blob(0)) })
        }
    }

    @Test func `has the visit that was approved on the device`() throws {
        let visits = try visits(begunAt: Self.now - 60)
        #expect(visits.count == 1)
        let visit = try #require(visits.first)
        #expect(visit.writtenState == .approved && visit.method == .mobileByDocument && visit.citizen == 1)
        #expect(visit.address == "192.0.2.1" && visit.code.count == 3 && visit.token.isEmpty)
        #expect(visit.issuedAt == Self.now - 60 && visit.document.hasSuffix("5678Z"))
        #expect(try read { (tx) throws(StoreError) in try tx.visits.visit(request: visit.request) } == visit)
    }

    @Test func `has the visit that waits for a PIN, that of wrong data, and that which has just begun`() throws {
        let visits = try visits(begunAt: Self.now)
        #expect(visits.map(\.method) == [.none, .pin, .pin])
        #expect(visits.map(\.writtenState) == [.open, .waiting, .waiting])
        #expect(visits.map(\.address) == ["192.0.2.1", "192.0.2.1", "192.0.2.2"])
        #expect(visits.map(\.citizen) == [nil, 1, nil])
        let pin = visits[1]
        #expect(pin.digest.count == 32 && pin.subject.count == 32 && pin.login.isEmpty && pin.code.count == 4)
        #expect(pin.triesLeft + 1 == visits[2].triesLeft && pin.issuedAt == Self.now)
        #expect(pin.state(at: pin.expiresAt - 1) == .waiting && pin.state(at: pin.expiresAt) == .expired)
    }

    @Test func `has the activation whose code nobody has typed yet, and what a certificate is to sign`() throws {
        let sessions = try raw.run("SELECT session FROM activations").map { $0.blob(0) }
        #expect(sessions.count == 1)
        let found = try read { (tx) throws(StoreError) in
            try tx.activations.activation(sessions[0], at: Self.now)
        }
        let activation = try #require(found)
        #expect(activation.citizen == 5 && activation.code.count == 32 && activation.signingKey.count == 32)
        #expect(activation.expiresAt > Self.now)
        let row = try #require(
            try raw.run("SELECT session, signing_key, sealing_key, content, expires_at FROM challenges").first)
        let content = try store.write { (tx) throws(StoreError) in
            try tx.challenges.take(
                session: row.blob(0), signingKey: row.blob(1), sealingKey: row.blob(2), at: row.integer(4) - 1)
        }
        #expect(content == row.blob(3) && content?.isEmpty == false)
    }

    @Test func `has the attempts, which are forgotten a day after, and the nonces`() throws {
        let acts = try raw.run("SELECT subject, at FROM acts")
        #expect(!acts.isEmpty && acts.allSatisfy { $0.blob(0).count == 32 })
        let subject = acts[0].blob(0)
        let same = acts.filter { $0.blob(0) == subject }.map { $0.integer(1) }
        let counted = try read { (tx) throws(StoreError) in
            try tx.attempts.count(of: subject, after: 0, upTo: Self.now)
        }
        #expect(counted.count == same.count && counted.first == same.min())
        try store.write { (tx) throws(StoreError) in
            try tx.attempts.remove(endedBefore: Self.now + 86_401, endingAfter: .max)
            try tx.nonces.removeExpired(at: Self.now)
        }
        #expect(try raw.run("SELECT count(*) FROM acts") == [[.integer(0)]])
        // Requests of the last minute are not to be answered twice.
        #expect(try raw.run("SELECT count(*) FROM nonces")[0].integer(0) > 0)
    }

    @Test func `has the call that is booked, and the one whose recording waits for a review`() throws {
        let moment = Moment(now: Self.now, isCertain: true)
        let (live, reviews, all) = try read { (tx) throws(StoreError) in
            (
                try tx.calls.liveFiles(at: moment), try tx.calls.filesToReview(at: moment),
                try tx.calls.newestFiles(of: nil, limit: 100, at: moment)
            )
        }
        #expect(all.map(\.call.id) == [2, 1] && live.map(\.call.id) == [2] && reviews.map(\.call.id) == [1])
        let booked = try #require(live.first)
        #expect(booked.call.person.document.text == "33333333P" && booked.call.person.language == "eu")
        #expect(booked.state == .booked && booked.isRight && booked.name == "KEPA BERRIA" && !booked.isRegistered)
        #expect(booked.call.bookedAt == Self.now - 120 && booked.call.start > Self.now && booked.call.holder == 0)
        let approved = try #require(reviews.first?.call)
        #expect(approved.state == .approved && approved.review == .awaited && approved.reason == .none)
        #expect(approved.consents && approved.turn == 1 && approved.code.count == 4)
        #expect(approved.holder == 2 && approved.holderDocument == "00000000T" && approved.citizen == 10)
        #expect(approved.endedAt == Self.now - 120 && approved.person.datum.canonicalText == "E00000012")
        let pieces = try read { (tx) throws(StoreError) in try tx.recordings.pieces(of: approved.id) }
        #expect(pieces.count == 2 && pieces.allSatisfy { $0.count > 3 })
    }

    @Test func `has nothing yet of what came later`() throws {
        let (errands, messages) = try read { (tx) throws(StoreError) in
            (try tx.errands.untried(limit: 10) + tx.errands.failed(), try tx.messages.all())
        }
        #expect(errands.isEmpty && messages.isEmpty)
    }
}
