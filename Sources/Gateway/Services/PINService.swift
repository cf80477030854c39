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
    /// Issues a PIN for a visit; who gets it, if document and datum are somebody's, is found out by an errand afterwards.
    func requestPIN(
        _ id: [UInt8], _ document: NationalDocument, _ datum: ContrastDatum, address: String
    ) throws(StoreError) -> RequestOutcome {
        let outcome = try store.write { (database) throws(StoreError) -> RequestOutcome in
            guard let visit = try transaction(database, id), visit.state == .open || visit.method == .pin else {
                return .gone
            }
            if let seconds = try countAttempt(database, document, address) {
                try audit(database, "PIN", subject: document.masked, address: address, outcome: "too many")
                return .tooMany(seconds: seconds)
            }
            let asked = Asked(document: document, datum: datum, language: "")
            try issuePIN(database, visit, asked, address)
            return .accepted
        }
        wakeErrands()
        return outcome
    }

    /// Sends a new PIN by text message, from the sixtieth second after the last.
    func sendPINBySMS(_ id: [UInt8], address: String) throws(StoreError) -> RequestOutcome {
        let outcome = try store.write { (database) throws(StoreError) -> RequestOutcome in
            guard let visit = try transaction(database, id), visit.method == .pin, visit.state == .waiting else {
                return .gone
            }
            let delay = ClaveRules.smsFallbackDelay.components.seconds
            guard now() >= visit.issuedAt + delay else {
                return .tooMany(seconds: visit.issuedAt + delay - now())
            }
            try issuePIN(database, visit, nil, address)
            return .accepted
        }
        wakeErrands()
        return outcome
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
        wakeErrands()
        return result.0
    }

    // MARK: Steps

    /// Writes a fresh PIN into the visit, and leaves it to be handed over. The work is the same for all data.
    ///
    /// - Parameter asked: what was typed; nil for who was found by the errand before, who then gets it by text message.
    private func issuePIN(
        _ database: Database, _ visit: Transaction, _ asked: Asked?, _ address: String
    ) throws(StoreError) {
        let pin = randomSymbols(PINAlphabet.length)
        let reference = String(decoding: randomSymbols(ClaveRules.pinReferenceLength), as: UTF8.self)
        let request = randomBytes(GatewayLimits.identifier)
        let document = asked?.document
        try database.run(
            """
            UPDATE transactions SET state = 1, method = 1, citizen = ?, request = ?, code = ?, digest = ?,
            tries_left = ?, issued_at = ?, expires_at = ?, document = ?, subject = coalesce(?, subject) WHERE id = ?
            """, asked == nil ? visit.citizen.map { .integer($0) } ?? .null : .null, .blob(request), .text(reference),
            .blob(keys.digest(pin, for: "PIN", of: request)), .integer(Int64(ClaveRules.pinTries)), .integer(now()),
            .integer(now() + ClaveRules.pinLife.components.seconds), .text(document?.masked ?? visit.document),
            document.map { .blob(actSubject("wrong PIN", $0.text)) } ?? .null, .blob(stored(visit.id)))
        try leave(
            database,
            Errand(
                kind: asked == nil ? .pinBySMS : .pin, request: request, former: visit.request,
                formerCitizen: visit.citizen ?? 0, asked: asked, address: address, code: pin))
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
        try leaveWithdrawal(database, visit)
        return (.over, [])
    }
}
