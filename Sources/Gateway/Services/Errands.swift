import ClaveDomain
import GatewayAPI
import SecureMemory

/// Running errands: each in one write with all that it brings about, once.
extension GatewayServices {
    private static let errandContext = Array("errand".utf8)
    /// Errands of one write.
    private static let errandsAtOnce: Int64 = 16

    /// Leaves an errand, in the caller's write; ``wakeErrands()`` follows it.
    func leave(_ database: Database, _ errand: Errand) throws(StoreError) {
        // It holds codes and who was asked for: sealed, it tells nothing without a key in another file.
        try database.run(
            "INSERT INTO errands (sealed) VALUES (?)",
            .blob(keys.seal(queued: errand.bytes, context: Self.errandContext)))
    }

    /// Runs the errands that wait. Nobody who asked waits for it.
    func runErrands() throws(StoreError) {
        var count = Int(Self.errandsAtOnce)
        while count == Int(Self.errandsAtOnce) {
            var after = Aftermath()
            count = try store.write { (database) throws(StoreError) in
                after = Aftermath()
                let rows = try database.run(
                    "SELECT id, sealed FROM errands ORDER BY id LIMIT ?", .integer(Self.errandsAtOnce))
                for row in rows {
                    let opened = keys.open(queued: row.blob(1), context: Self.errandContext)
                    if let errand = opened.flatMap(Errand.init) { try attempt(database, errand, &after) }
                    try database.run("DELETE FROM errands WHERE id = ?", .integer(row.integer(0)))
                }
                return rows.count
            }
            carryOut(after)
        }
    }

    /// Runs an errand, whole or not at all. One that the tables refuse is dropped, and told: those behind it must not wait.
    private func attempt(_ database: Database, _ errand: Errand, _ after: inout Aftermath) throws(StoreError) {
        try database.run("SAVEPOINT errand")
        do throws(StoreError) { try run(database, errand, &after) } catch {
            guard error.isTaken, database.isInTransaction else { throw error }
            try database.run("ROLLBACK TO errand")
            try audit(database, "errand", subject: errand.asked?.document.masked ?? "", outcome: "failed")
        }
        try database.run("RELEASE errand")
    }

    private func run(_ database: Database, _ errand: Errand, _ after: inout Aftermath) throws(StoreError) {
        if !errand.former.isEmpty {
            let owner = errand.formerCitizen == 0 ? nil : errand.formerCitizen
            after.news += try withdraw(database, request: errand.former, from: owner)
        }
        switch errand.kind {
        case .pin, .pinBySMS: try handOverPIN(database, errand, &after)
        case .mobile: try askForApproval(database, errand, &after)
        case .activation: try sendActivationCode(database, errand, &after)
        case .letter: try orderLetter(database, errand, &after)
        case .withdrawal: break
        }
    }

    // MARK: Visits

    /// The visit for whose request an errand is, if it still waits.
    private func visit(_ database: Database, of errand: Errand) throws(StoreError) -> (visit: Transaction, id: [UInt8])?
    {
        let row = try database.run("\(Self.columns) WHERE request = ?", .blob(errand.request)).first
        guard let row, let visit = transaction(row, id: []), visit.state == .waiting else { return nil }
        return (visit, row.blob(12))
    }

    private func details(_ visit: Transaction, _ errand: Errand) -> RequestDetails {
        RequestDetails(
            identifier: errand.request, organisation: visit.procedure.organisation, procedure: visit.procedure.title,
            code: visit.code, origin: errand.address, createdAt: UInt64(visit.issuedAt),
            expiresAt: UInt64(visit.expiresAt))
    }

    /// Hands a PIN to its person: pushed to their device, or by text message. For wrong data the same work is done for
    /// nobody.
    private func handOverPIN(_ database: Database, _ errand: Errand, _ after: inout Aftermath) throws(StoreError) {
        guard let (visit, id) = try visit(database, of: errand) else { return }
        let person: Citizen?
        if let asked = errand.asked {
            person = try citizen(database, asked.document, proving: asked.datum)
        } else {
            person = try visit.citizen.flatMap { (id) throws(StoreError) in try citizen(database, id: id) }
        }
        if let person { after.news += try voidPINs(database, of: person.id, besides: id) }
        try database.run(
            "UPDATE transactions SET citizen = ? WHERE id = ?", person.map { .integer($0.id) } ?? .null, .blob(id))
        let device = try person.flatMap { (person) throws(StoreError) in
            errand.kind == .pinBySMS ? nil : try activeDevice(database, of: person.id)
        }
        let secret = SecretBox(SecretBytes(copying: unsafe errand.code.span.bytes))
        let event = Push.Event.pin(secret, details(visit, errand))
        let outcome: String
        if let device {
            try push(database, event, request: errand.request, to: device, until: visit.expiresAt)
            after.news.append(device.id)
            outcome = "pushed"
        } else {
            sealForNobody(event)
            outcome = try mayReceive(database, person, "PIN by SMS") ? "sent by SMS" : Self.refusal(of: person)
        }
        let text = Texts(language: person?.language ?? "es").pinMessage(
            String(decoding: errand.code, as: UTF8.self), visit.code, visit.procedure.organisation)
        let isSent = outcome == "sent by SMS"
        try queue(database, text, to: isSent ? person?.phone : nil, until: visit.expiresAt, &after)
        try audit(database, "PIN", subject: visit.document, address: errand.address, outcome: outcome)
    }

    /// One PIN lives per person: a new one voids the others. Their visits go on as those with wrong data do: their pages would
    /// else tell a stranger that the data of two visits are right.
    private func voidPINs(
        _ database: Database, of person: Int64, besides visit: [UInt8]
    ) throws(StoreError) -> [Int64] {
        let rows = try database.run(
            "SELECT id, request FROM transactions WHERE citizen = ? AND method = 1 AND state = 1 AND id <> ?",
            .integer(person), .blob(visit))
        var news: [Int64] = []
        for row in rows {
            try database.run("UPDATE transactions SET citizen = NULL WHERE id = ?", .blob(row.blob(0)))
            news += try withdraw(database, request: row.blob(1), from: person)
        }
        return news
    }

    private func askForApproval(_ database: Database, _ errand: Errand, _ after: inout Aftermath) throws(StoreError) {
        guard let (visit, id) = try visit(database, of: errand), let asked = errand.asked else { return }
        let person = try citizen(database, asked.document, proving: asked.datum)
        let device = try person.flatMap { (person) throws(StoreError) -> Device? in
            guard try !hasPendingApproval(database, person.id, besides: id),
                let device = try activeDevice(database, of: person.id), !device.takesPINsOnly
            else { return nil }
            return device
        }
        let event = Push.Event.mobile(details(visit, errand))
        if let device {
            try database.run(
                "UPDATE transactions SET citizen = ? WHERE id = ?", .integer(device.citizen), .blob(id))
            try push(database, event, request: errand.request, to: device, until: visit.expiresAt)
            after.news.append(device.id)
        } else {
            sealForNobody(event)
        }
        try audit(
            database, "Mòbil", subject: asked.document.masked, address: errand.address,
            outcome: device == nil ? "not pushed" : "pushed")
    }

    private func sealForNobody(_ event: Push.Event) {
        _ = Push(sequence: 0, event: event).sealed(
            signingKey: keys.signing.publicKey, sealingKey: keys.sealing.publicKey, by: keys.signing)
    }

    // MARK: Codes and letters

    private func sendActivationCode(
        _ database: Database, _ errand: Errand, _ after: inout Aftermath
    ) throws(StoreError) {
        let row = try database.run(
            "SELECT expires_at FROM activations WHERE session = ? AND expires_at > ?", .blob(errand.request),
            .integer(now())
        ).first
        guard let row, let asked = errand.asked else { return }
        let person = try citizen(database, asked.document, proving: asked.datum)
        let isSent = try mayReceive(database, person, "SMS")
        if isSent, let person {
            try voidCodes(database, of: person.id)
            try database.run(
                "UPDATE activations SET citizen = ? WHERE session = ?", .integer(person.id), .blob(errand.request))
        }
        let text = Texts(language: person?.language ?? "es").activationMessage(
            String(decoding: errand.code, as: UTF8.self))
        try queue(database, text, to: isSent ? person?.phone : nil, until: row.integer(0), &after)
        try audit(
            database, "activation by SMS", subject: asked.document.masked, address: errand.address,
            outcome: isSent ? "code sent" : Self.refusal(of: person))
    }

    /// A new code voids the last: that is one for wrong data from then on, and is answered like one.
    func voidCodes(_ database: Database, of person: Int64) throws(StoreError) {
        try database.run("UPDATE activations SET citizen = NULL WHERE citizen = ?", .integer(person))
    }

    private func orderLetter(_ database: Database, _ errand: Errand, _ after: inout Aftermath) throws(StoreError) {
        guard let asked = errand.asked else { return }
        let isSent = try mayHaveLetter(database, asked)
        if isSent { try queueLetter(database, to: asked.document) }
        try audit(
            database, Self.letterAct, subject: asked.document.masked, address: errand.address,
            outcome: isSent ? "to be printed" : "data not accepted")
        after.hasPost = true
    }

    /// Counts a message to a person; false where there is none, or they have had as many as they get in an hour.
    private func mayReceive(_ database: Database, _ person: Citizen?, _ kind: String) throws(StoreError) -> Bool {
        guard let person else { return false }
        let wait = try count(
            database, kind, person.document.text, limit: ClaveRules.smsSendsPerHour, window: 3600)
        return wait == nil
    }

    private static func refusal(of person: Citizen?) -> String {
        person == nil ? "data not accepted" : "not sent: too many messages in an hour"
    }
}
