import ClaveDomain
import GatewayAPI
import SecureMemory

/// What the page says after the data were typed: the same for right data and for wrong.
enum RequestOutcome: Equatable, Sendable {
    /// It is on its way, if the data are right.
    case accepted
    /// Too often: wait these seconds.
    case tooMany(seconds: Int64)
    /// The visit is over or was never begun.
    case gone
}

/// What an entered PIN did.
enum EntryOutcome: Equatable, Sendable {
    case entered
    case wrong(triesLeft: Int)
    /// Used, expired, cancelled or dead of wrong tries: get a new one.
    case over
}

/// Cl@ve PIN: three symbols for one visit, pushed to the person's device or sent by text message, typed by hand.
extension GatewayServices {
    /// Issues a PIN for a visit, if document and datum are somebody's. The page learns nothing of that.
    func requestPIN(
        _ id: [UInt8], _ document: NationalDocument, _ datum: ContrastDatum, address: String
    ) throws(StoreError) -> RequestOutcome {
        let result = try store.write { (database) throws(StoreError) -> Issued in
            guard let visit = try transaction(database, id), visit.state == .open || visit.method == .pin else {
                return Issued(outcome: .gone)
            }
            if let seconds = try countAttempt(database, document, address) {
                try audit(database, "PIN", subject: document.masked, address: address, outcome: "too many")
                return Issued(outcome: .tooMany(seconds: seconds))
            }
            let person = try citizen(database, document, proving: datum)
            return try issuePIN(database, visit, document, person, address, bySMS: false)
        }
        deliver(result)
        return result.outcome
    }

    /// Sends a new PIN by text message, from the sixtieth second after the first, or at once without a device.
    func sendPINBySMS(_ id: [UInt8], address: String) throws(StoreError) -> RequestOutcome {
        let result = try store.write { (database) throws(StoreError) -> Issued in
            guard let visit = try transaction(database, id), visit.method == .pin, visit.state == .waiting else {
                return Issued(outcome: .gone)
            }
            let delay = ClaveRules.smsFallbackDelay.components.seconds
            guard now() >= visit.issuedAt + delay else {
                return Issued(outcome: .tooMany(seconds: visit.issuedAt + delay - now()))
            }
            let person = try visit.citizen.flatMap { (id) throws(StoreError) in try citizen(database, id: id) }
            return try issuePIN(database, visit, person?.document, person, address, bySMS: true)
        }
        deliver(result)
        return result.outcome
    }

    /// Compares what was typed with the visit's PIN.
    func enterPIN(_ id: [UInt8], typed: String, address: String) throws(StoreError) -> EntryOutcome {
        let normal = PINAlphabet.normalise(typed)
        let result = try store.write { (database) throws(StoreError) -> (EntryOutcome, [Int64]) in
            guard let visit = try transaction(database, id), visit.method == .pin, visit.state == .waiting,
                visit.triesLeft > 0
            else { return (.over, []) }
            let rows = try database.run("SELECT digest FROM transactions WHERE id = ?", .blob(stored(id)))
            let digest = keys.digest(Array((normal ?? "").utf8), for: "PIN", of: visit.request)
            let isRight =
                constantTimeEqual(unsafe digest.span.bytes, unsafe rows[0].blob(0).span.bytes)
                && visit.citizen != nil && normal != nil
            if isRight, try wrongPINsAreWithinBudget(database, visit) {
                try setState(database, id, .approved)
                try audit(database, "PIN", subject: visit.document, address: address, outcome: "right")
                return (.entered, try withdraw(database, request: visit.request, from: visit.citizen))
            }
            return try countWrong(database, visit, address)
        }
        for device in result.1 { tellNews(of: device) }
        return result.0
    }

    // MARK: Steps

    /// What an issue leaves to be done once it is on the disk.
    private struct Issued {
        var outcome: RequestOutcome
        var news: [Int64] = []
        var message: (text: String, phone: PhoneNumber)?
    }

    /// Writes a fresh PIN into the visit. For wrong data the same happens, to nobody: the page and the time are alike.
    private func issuePIN(
        _ database: Database, _ visit: Transaction, _ document: NationalDocument?, _ person: Citizen?,
        _ address: String, bySMS: Bool
    ) throws(StoreError) -> Issued {
        var issued = Issued(outcome: .accepted)
        issued.news = try voidPINs(database, of: person?.id, besides: visit)
        let pin = randomSymbols(PINAlphabet.length)
        let reference = String(decoding: randomSymbols(ClaveRules.pinReferenceLength), as: UTF8.self)
        let request = randomBytes(GatewayLimits.identifier)
        let expiry = now() + ClaveRules.pinLife.components.seconds
        let issuedAt = bySMS ? visit.issuedAt : now()
        try database.run(
            """
            UPDATE transactions SET state = 1, method = 1, citizen = ?, request = ?, code = ?, digest = ?,
            tries_left = ?, issued_at = ?, expires_at = ?, document = ?, subject = coalesce(?, subject) WHERE id = ?
            """, person.map { .integer($0.id) } ?? .null, .blob(request), .text(reference),
            .blob(keys.digest(pin, for: "PIN", of: request)), .integer(Int64(ClaveRules.pinTries)),
            .integer(issuedAt), .integer(expiry), .text(document?.masked ?? visit.document),
            document.map { .blob(actSubject("wrong PIN", $0.text)) } ?? .null, .blob(stored(visit.id)))
        let details = RequestDetails(
            identifier: request, organisation: visit.procedure.organisation, procedure: visit.procedure.title,
            code: reference, origin: address, createdAt: UInt64(now()), expiresAt: UInt64(expiry))
        try hand(database, pin, details, to: person, bySMS: bySMS, &issued)
        let subject = document?.masked ?? visit.document
        try audit(
            database, "PIN", subject: subject, address: address,
            outcome: person == nil ? "data not accepted" : issued.message == nil ? "pushed" : "sent by SMS")
        return issued
    }

    private func hand(
        _ database: Database, _ pin: [UInt8], _ details: RequestDetails, to person: Citizen?, bySMS: Bool,
        _ issued: inout Issued
    ) throws(StoreError) {
        let device = try person.flatMap { (person) throws(StoreError) in
            try activeDevice(database, of: person.id)
        }
        let secret = SecretBox(SecretBytes(copying: unsafe pin.span.bytes))
        if let device, !bySMS {
            try push(
                database, .pin(secret, details), request: details.identifier, to: device,
                until: Int64(details.expiresAt))
            issued.news.append(device.id)
        } else if let person {
            let text = Texts(language: person.language).pinMessage(
                String(decoding: pin, as: UTF8.self), details.code, details.organisation)
            issued.message = (text, person.phone)
        } else {
            // The same work for nobody.
            _ = Push(sequence: 0, event: .pin(secret, details)).sealed(
                signingKey: keys.signing.publicKey, sealingKey: keys.sealing.publicKey, by: keys.signing)
        }
    }

    /// One PIN lives per person: a new one voids the others.
    private func voidPINs(
        _ database: Database, of person: Int64?, besides visit: Transaction
    ) throws(StoreError) -> [Int64] {
        var news: [Int64] = []
        if visit.method == .pin, !visit.request.isEmpty {
            news += try withdraw(database, request: visit.request, from: visit.citizen)
        }
        guard let person else { return news }
        let rows = try database.run(
            "SELECT id, request FROM transactions WHERE citizen = ? AND method = 1 AND state = 1 AND id <> ?",
            .integer(person), .blob(stored(visit.id)))
        for row in rows {
            try database.run("UPDATE transactions SET state = 5 WHERE id = ?", .blob(row.blob(0)))
            news += try withdraw(database, request: row.blob(1), from: person)
        }
        return news
    }

    private func deliver(_ issued: Issued) {
        for device in Set(issued.news) { tellNews(of: device) }
        if let message = issued.message { sendMessage(message.text, to: message.phone) }
    }

    private func wrongPINsAreWithinBudget(_ database: Database, _ visit: Transaction) throws(StoreError) -> Bool {
        try acts(database, of: visit.subject, window: 86_400).count < ClaveRules.wrongPINsPerDay
    }

    private func countWrong(
        _ database: Database, _ visit: Transaction, _ address: String
    ) throws(StoreError) -> (EntryOutcome, [Int64]) {
        _ = try count(
            database, of: visit.subject, limit: ClaveRules.wrongPINsPerDay, window: 86_400)
        let left = visit.triesLeft - 1
        try database.run(
            "UPDATE transactions SET tries_left = ? WHERE id = ?", .integer(Int64(left)), .blob(stored(visit.id)))
        try audit(database, "PIN", subject: visit.document, address: address, outcome: "wrong, \(left) tries left")
        guard left == 0 else { return (.wrong(triesLeft: left), []) }
        try setState(database, visit.id, .exhausted)
        return (.over, try withdraw(database, request: visit.request, from: visit.citizen))
    }

    /// Sends a text message after its cause is on the disk.
    func sendMessage(_ text: String, to phone: PhoneNumber) {
        do {
            try sender.send(text, to: phone)
        } catch {
            _ = try? store.write { (database) throws(StoreError) in
                try audit(database, "SMS", subject: phone.masked, outcome: "not handed over: \(error)")
            }
        }
    }
}
