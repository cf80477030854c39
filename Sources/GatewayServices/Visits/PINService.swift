public import ClaveDomain
import GatewayAPI
public import GatewayStore
import SecureMemory

/// What the page says after the data were typed: the same for right data and for wrong.
public enum RequestOutcome: Equatable, Sendable {
    /// It is on its way, if the data are right.
    case accepted
    /// Too often: wait these seconds.
    case tooMany(seconds: Int64)
    /// Too many wrong PINs were typed for these data, whether they are right or not: wait these seconds.
    case blocked(seconds: Int64)
    /// The visit is over or was never begun.
    case gone
}

/// What an entered PIN did.
public enum EntryOutcome: Equatable, Sendable {
    case entered
    case wrong(triesLeft: Int)
    /// Too many wrong PINs were typed for these data in a day: wait these seconds.
    case blocked(seconds: Int64)
    /// Used, expired, cancelled or dead of wrong tries: get a new one.
    case over
}

/// Cl@ve PIN: three symbols for one visit, pushed to the person's device or sent by text message, typed by hand.
public struct PINService: Sendable {
    private static let day: Int64 = 86_400

    private let database: Database
    private let keys: GatewayKeys
    private let clock: Clock
    private let audit: AuditWriter
    private let limiter: RateLimiter
    private let visits: VisitService
    private let devices: DeviceEvents
    private let errands: ErrandQueue

    public init(
        _ database: Database, keys: GatewayKeys, clock: Clock, audit: AuditWriter, limiter: RateLimiter,
        visits: VisitService, devices: DeviceEvents, errands: ErrandQueue
    ) {
        self.database = database
        self.keys = keys
        self.clock = clock
        self.audit = audit
        self.limiter = limiter
        self.visits = visits
        self.devices = devices
        self.errands = errands
    }

    /// Issues a PIN for a visit; who gets it, if document and datum are somebody's, is found out by an errand afterwards.
    public func request(
        _ id: [UInt8], _ document: NationalDocument, _ datum: ContrastDatum, address: String
    ) throws(StoreError) -> RequestOutcome {
        try database.write { (tx, effects) throws(StoreError) in
            guard let visit = try visits.transaction(tx, id), visit.state == .open || visit.method == .pin else {
                return .gone
            }
            if let seconds = try limiter.countAttempt(tx, document, address, at: visit.door, act: "PIN") {
                return .tooMany(seconds: seconds)
            }
            let asked = ClaimedPerson(document: document, datum: datum, language: "")
            let subject = wrongPINSubject(asked, at: visit.door)
            if let seconds = try blocked(tx, subject) { return .blocked(seconds: seconds) }
            try issue(tx, visit, asked, subject: subject, address, &effects)
            return .accepted
        }
    }

    /// Sends a new PIN by text message, from the sixtieth second after the last; of the same data, three an hour.
    public func sendBySMS(_ id: [UInt8], address: String) throws(StoreError) -> RequestOutcome {
        try database.write { (tx, effects) throws(StoreError) in
            guard let visit = try visits.transaction(tx, id), visit.method == .pin, visit.state == .waiting else {
                return .gone
            }
            let delay = ClaveRules.smsFallbackDelay.components.seconds
            guard clock.now() >= visit.issuedAt + delay else {
                return .tooMany(seconds: visit.issuedAt + delay - clock.now())
            }
            if let seconds = try limiter.countAttempt(tx, from: address, at: visit.door, act: "PIN") {
                return .tooMany(seconds: seconds)
            }
            if let seconds = try blocked(tx, visit.row.subject) { return .blocked(seconds: seconds) }
            let data = keys.digest(visit.row.subject, for: "act PIN by SMS", of: [])
            if let seconds = try limiter.count(tx, of: data, limit: ClaveRules.smsSendsPerHour, window: 3600) {
                return .tooMany(seconds: seconds)
            }
            try issue(tx, visit, nil, subject: visit.row.subject, address, &effects)
            return .accepted
        }
    }

    /// Compares what was typed with the visit's PIN.
    public func enter(_ id: [UInt8], typed: String, address: String) throws(StoreError) -> EntryOutcome {
        let normal = PINAlphabet.normalise(typed)
        return try database.write { (tx, effects) throws(StoreError) in
            guard let visit = try visits.transaction(tx, id), visit.method == .pin, visit.state == .waiting,
                visit.row.triesLeft > 0
            else { return .over }
            if let seconds = try blocked(tx, visit.row.subject) { return .blocked(seconds: seconds) }
            let digest = keys.digest(Array((normal ?? "").utf8), for: "PIN", of: visit.request)
            let isRight =
                constantTimeEqual(unsafe digest.span.bytes, unsafe visit.row.digest.span.bytes)
                && visit.citizen != nil && normal != nil
            guard isRight else { return try countWrong(tx, visit, address, &effects) }
            try tx.visits.set(visit.key, to: .approved)
            try audit.record(tx, "PIN", subject: visit.document, address: address, outcome: "right")
            try devices.withdraw(tx, request: visit.request, from: visit.citizen, &effects)
            return .entered
        }
    }

    // MARK: Steps

    /// Writes a fresh PIN into the visit, and leaves it to be handed over. The work is the same for all data.
    ///
    /// - Parameter asked: what was typed; nil for who was found by the errand before, who then gets it by text message.
    private func issue(
        _ tx: WriteTransaction, _ visit: Transaction, _ asked: ClaimedPerson?, subject: [UInt8], _ address: String,
        _ effects: inout Effects
    ) throws(StoreError) {
        let pin = RandomCode.symbols(PINAlphabet.length)
        let reference = String(decoding: RandomCode.symbols(ClaveRules.pinReferenceLength), as: UTF8.self)
        let request = randomBytes(GatewayLimits.identifier)
        let now = clock.now()
        try tx.visits.issue(
            .init(
                citizen: asked == nil ? visit.citizen : nil, request: request, reference: reference,
                digest: keys.digest(pin, for: "PIN", of: request), tries: ClaveRules.pinTries, issuedAt: now,
                expiresAt: now + ClaveRules.pinLife.components.seconds,
                document: asked?.document.masked ?? visit.document, subject: subject), to: visit.key)
        try errands.leave(
            tx,
            Errand(
                kind: asked == nil ? .pinBySMS : .pin, request: request, former: visit.request,
                formerCitizen: visit.citizen ?? 0, asked: asked, address: address, code: pin), &effects)
    }

    /// On whom wrong PINs count: the document together with the datum that was typed. So only who knows a person's data can
    /// use up that person's wrong PINs, and the answer is the same for right data and wrong ones.
    private func wrongPINSubject(_ asked: ClaimedPerson, at door: Door) -> [UInt8] {
        limiter.subject(
            door.rawValue + "wrong PIN",
            "\(asked.document.text) \(asked.datum.kindName) \(asked.datum.canonicalText)")
    }

    /// The seconds for which no PIN lets in; nil if PINs do.
    private func blocked(_ tx: StoreTransaction<some StoreAccess>, _ subject: [UInt8]) throws(StoreError) -> Int64? {
        try limiter.wait(tx, for: subject, limit: ClaveRules.wrongPINsPerDay, window: Self.day)
    }

    private func countWrong(
        _ tx: WriteTransaction, _ visit: Transaction, _ address: String, _ effects: inout Effects
    ) throws(StoreError) -> EntryOutcome {
        _ = try limiter.count(tx, of: visit.row.subject, limit: ClaveRules.wrongPINsPerDay, window: Self.day)
        let left = try tx.visits.countWrongPIN(visit.key)
        try audit.record(tx, "PIN", subject: visit.document, address: address, outcome: "wrong, \(left) tries left")
        guard left == 0 else { return .wrong(triesLeft: left) }
        try visits.leaveWithdrawal(tx, visit, &effects)
        return .over
    }
}
