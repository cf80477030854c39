import ClaveDomain
import GatewayStore
import Testing

/// Sessions live until 1,000.
@Suite struct `A registration under way` {
    private let session = RegistrationSession(id: [1], signingKey: [2], sealingKey: [3])

    private func proof(_ samples: PeopleSamples, _ document: NationalDocument? = nil) -> IdentityProof {
        IdentityProof(
            way: "letter", document: document ?? samples.document, name: "AINA PROVA", level: .advanced,
            datum: samples.datum, letter: 5)
    }

    private func begin(
        _ samples: PeopleSamples, _ session: RegistrationSession, _ proof: IdentityProof, until expiry: Int64 = 1000
    ) throws {
        try samples.write { (tx) throws(StoreError) in try tx.registrations.begin(session, proof, until: expiry) }
    }

    private func find(
        _ samples: PeopleSamples, _ session: RegistrationSession, at now: Int64 = 100
    ) throws -> PendingRegistration? {
        try samples.read { (tx) throws(StoreError) in try tx.registrations.find(session, at: now) }
    }

    private func contact(_ samples: PeopleSamples) throws -> RegistrationContact {
        RegistrationContact(
            phone: samples.phone, email: try EmailAddress(parsing: "aina@example.org"), language: "ca",
            datum: try ContrastDatum(kindName: "issue", canonicalText: "01-02-2020"), digest: [7, 8], tries: 5,
            codeExpiresAt: 500)
    }

    @Test(arguments: Engine.allCases)
    func `is found by its device alone, until its time is over`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        try begin(samples, session, proof(samples))
        let found = try #require(try find(samples, session))
        #expect(found.proof == proof(samples))
        #expect(found.phone == nil)
        #expect(found.email.isEmpty)
        #expect(found.language.isEmpty)
        #expect(found.digest.isEmpty)
        #expect(found.state(at: 0) == .proved && found.triesLeft == 0)
        #expect(try find(samples, RegistrationSession(id: [9], signingKey: [2], sealingKey: [3])) == nil)
        #expect(try find(samples, RegistrationSession(id: [1], signingKey: [9], sealingKey: [3])) == nil)
        #expect(try find(samples, RegistrationSession(id: [1], signingKey: [2], sealingKey: [9])) == nil)
        #expect(try find(samples, session, at: 999) != nil)
        #expect(try find(samples, session, at: 1000) == nil)
    }

    @Test(arguments: Engine.allCases)
    func `may begin without datum and letter`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        let proof = IdentityProof(
            way: "certificate", document: samples.document, name: "AINA PROVA", level: .advanced)
        try begin(samples, session, proof)
        #expect(try find(samples, session)?.proof == proof)
    }

    @Test(arguments: Engine.allCases)
    func `takes phone and e-mail with a code that is good for its time`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        let contact = try contact(samples)
        try begin(samples, session, proof(samples))
        try samples.write { (tx) throws(StoreError) in try tx.registrations.setContact(contact, of: session.id) }
        let found = try #require(try find(samples, session))
        #expect(found.phone == samples.phone)
        #expect(found.email == "aina@example.org")
        #expect(found.language == "ca")
        #expect(found.proof.datum == contact.datum)
        #expect(found.digest == [7, 8])
        #expect(found.codeExpiresAt == 500)
        #expect(found.state(at: 499) == .confirming && found.triesLeft == 5)
        #expect(found.state(at: 500) == .spent)
        try samples.write { (tx) throws(StoreError) in
            try tx.registrations.setTriesLeft(4, of: session.id)
            try tx.registrations.setLevel(.basic, of: session.id)
        }
        #expect(try find(samples, session)?.triesLeft == 4)
        try samples.write { (tx) throws(StoreError) in try tx.registrations.setTriesLeft(0, of: session.id) }
        #expect(try find(samples, session)?.state(at: 499) == .spent)
        #expect(try find(samples, session)?.proof.level == .basic)
    }

    @Test(arguments: Engine.allCases)
    func `that is finished proves no more, and ends the person's others`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        let other = RegistrationSession(id: [4], signingKey: [5], sealingKey: [6])
        let stranger = RegistrationSession(id: [7], signingKey: [8], sealingKey: [9])
        try begin(samples, session, proof(samples))
        try begin(samples, other, proof(samples))
        try begin(samples, stranger, proof(samples, try PeopleSamples.document(20_000_000)))
        let contact = try contact(samples)
        try samples.write { (tx) throws(StoreError) in
            try tx.registrations.setContact(contact, of: session.id)
            try tx.registrations.finish(session.id, of: samples.document)
        }
        let found = try #require(try find(samples, session))
        #expect(found.proof.level == .basic)
        #expect(found.proof.letter == nil)
        #expect(found.phone == nil)
        #expect(found.digest.isEmpty)
        #expect(found.state(at: 100) == .proved && found.triesLeft == 0)
        #expect(try find(samples, other) == nil)
        #expect(try find(samples, stranger)?.proof.level == .advanced)
    }

    @Test(arguments: Engine.allCases)
    func `is gone when it was removed, alone or with all of its person`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        let sessions = (1...3).map { RegistrationSession(id: [$0], signingKey: [2], sealingKey: [3]) }
        let stranger = RegistrationSession(id: [7], signingKey: [8], sealingKey: [9])
        for session in sessions { try begin(samples, session, proof(samples)) }
        try begin(samples, stranger, proof(samples, try PeopleSamples.document(20_000_000)))
        func isThere() throws -> [Bool] { try (sessions + [stranger]).map { try find(samples, $0) != nil } }
        try samples.write { (tx) throws(StoreError) in try tx.registrations.remove([1]) }
        #expect(try isThere() == [false, true, true, true])
        try samples.write { (tx) throws(StoreError) in try tx.registrations.removeAll(of: samples.document) }
        #expect(try isThere() == [false, false, false, true])
    }

    @Test(arguments: Engine.allCases)
    func `is swept when its time is over`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        let later = RegistrationSession(id: [4], signingKey: [5], sealingKey: [6])
        try begin(samples, session, proof(samples), until: 999)
        try begin(samples, later, proof(samples), until: 1000)
        try samples.write { (tx) throws(StoreError) in try tx.registrations.removeExpired(at: 1000) }
        #expect(try find(samples, session, at: 0) == nil)
        #expect(try find(samples, later, at: 0) != nil)
    }
}
