import ClaveDomain
import GatewayAPI
public import GatewayStore
import SecureMemory

/// Visits: their beginning, their end, and what a procedure learns of who came.
public struct VisitService: Sendable {
    /// Bytes of a visit's name, and of a login code.
    public static let nameLength = 16
    /// Seconds that a visit may take in all.
    private static let life: Int64 = 1800

    private let database: Database
    private let keys: GatewayKeys
    private let clock: Clock
    private let audit: AuditWriter
    private let limiter: RateLimiter
    private let errands: ErrandQueue

    public init(
        _ database: Database, keys: GatewayKeys, clock: Clock, audit: AuditWriter, limiter: RateLimiter,
        errands: ErrandQueue
    ) {
        self.database = database
        self.keys = keys
        self.clock = clock
        self.audit = audit
        self.limiter = limiter
        self.errands = errands
    }

    /// What beginning a visit came to.
    public enum Beginning: Equatable, Sendable {
        /// What the browser's cookie is to hold.
        case begun([UInt8])
        /// The address has begun too many: wait these seconds.
        case tooMany(seconds: Int64)
    }

    /// Begins a visit, if its address has not begun too many: an address has as many visits as attempts.
    public func begin(_ procedure: Procedure, address: String) throws(StoreError) -> Beginning {
        let id = randomBytes(Self.nameLength)
        let door: Door = procedure == .desk ? .desk : .people
        return try database.write { (tx, _) throws(StoreError) in
            let wait = try limiter.count(
                tx, door.rawValue + "visit", RateLimiter.network(address), limit: limiter.limits.attemptsPerAddress,
                window: RateLimiter.window)
            if let wait { return .tooMany(seconds: wait) }
            try tx.visits.begin(stored(id), procedure: procedure.id, from: address, at: clock.now())
            return .begun(id)
        }
    }

    /// A visit as it is now; nil if there is none of that name, or it is over a long time ago.
    public func transaction(_ id: [UInt8]) throws(StoreError) -> Transaction? {
        try database.read { (tx) throws(StoreError) in try transaction(tx, id) }
    }

    /// Ends a visit at the person's wish; what waits at the agent is withdrawn.
    public func cancel(_ id: [UInt8]) throws(StoreError) {
        try database.write { (tx, effects) throws(StoreError) in
            guard let visit = try transaction(tx, id), visit.state == .waiting || visit.state == .open else {
                return
            }
            try tx.visits.set(visit.key, to: .cancelled)
            // A visit that has asked for nothing is no news.
            guard visit.state == .waiting else { return }
            try audit.record(tx, "cancel", subject: visit.document, outcome: "cancelled in the page")
            try leaveWithdrawal(tx, visit, &effects)
        }
    }

    /// Has what was pushed about a visit taken back, for whom it may be.
    func leaveWithdrawal(
        _ tx: WriteTransaction, _ visit: Transaction, _ effects: inout Effects
    ) throws(StoreError) {
        guard !visit.request.isEmpty else { return }
        try errands.leave(
            tx, Errand(kind: .withdrawal, former: visit.request, formerCitizen: visit.citizen ?? 0), &effects)
    }

    // MARK: Entering

    /// What an approved visit comes to.
    public enum Finish: Equatable, Sendable {
        /// The code with which the procedure learns who came; it works once, and the last one only.
        case code([UInt8])
        /// The person is not registered at the level that the procedure demands: it learns nothing.
        case levelTooLow
        /// They are, but the registration is to be renewed first.
        case renewalDue
        /// The visit is not approved, or the procedure has learned who came.
        case gone
    }

    /// Ends an approved visit; a browser that did not hear of it comes again.
    public func finish(_ id: [UInt8]) throws(StoreError) -> Finish {
        let code = randomBytes(Self.nameLength)
        return try database.write { (tx, _) throws(StoreError) in
            guard let visit = try transaction(tx, id), visit.state == .approved,
                let person = try visit.citizen.flatMap({ (id) throws(StoreError) in try tx.citizens.find(id: id) })
            else { return .gone }
            guard person.effectiveLevel(at: clock.now()) >= visit.procedure.demands else {
                let isOld = person.level >= visit.procedure.demands
                // Told once: the page may be loaded again and again.
                if try limiter.isFirst(tx, "level", base64URL(visit.key)) {
                    try audit.record(
                        tx, "enter", subject: person.document.masked,
                        outcome: isOld ? "renewal due" : "level too low")
                }
                return isOld ? .renewalDue : .levelTooLow
            }
            try tx.visits.setLogin(keys.digest(code, for: "login", of: []), of: visit.key)
            return .code(code)
        }
    }

    /// Who came, for the login code of a visit; once.
    public func redeem(_ code: [UInt8], of visit: [UInt8]) throws(StoreError) -> Login? {
        try database.write { (tx, _) throws(StoreError) in
            let digest = keys.digest(code, for: "login", of: [])
            guard let visit = try transaction(tx, visit), visit.state == .approved,
                constantTimeEqual(unsafe digest.span.bytes, unsafe visit.row.login.span.bytes),
                let person = try visit.citizen.flatMap({ (id) throws(StoreError) in try tx.citizens.find(id: id) }),
                case let level = person.effectiveLevel(at: clock.now()), level >= visit.procedure.demands
            else { return nil }
            try tx.visits.remove(visit.key)
            try audit.record(tx, "enter", subject: person.document.masked, outcome: "let in")
            return Login(
                citizen: person.id, name: person.name, document: person.document, level: level, method: visit.method)
        }
    }

    // MARK: Rows

    /// What is stored of a visit's name: the cookie's value is nowhere on the disk.
    func stored(_ id: [UInt8]) -> [UInt8] { keys.digest(id, for: "transaction", of: []) }

    /// A visit by its name, in the caller's read or write.
    func transaction(
        _ tx: StoreTransaction<some StoreAccess>, _ id: [UInt8]
    ) throws(StoreError) -> Transaction? {
        transaction(try tx.visits.visit(stored(id)), id: id)
    }

    /// A visit as it is now; nil if it is over a long time ago, or in a procedure that is no more.
    func transaction(_ visit: Visit?, id: [UInt8] = []) -> Transaction? {
        guard let visit, let procedure = Procedure.named(visit.procedure),
            visit.createdAt > clock.now() - Self.life
        else { return nil }
        return Transaction(id: id, procedure: procedure, state: visit.state(at: clock.now()), row: visit)
    }
}
