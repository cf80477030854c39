import ClaveDomain
import GatewayServices
import GatewayStore
import SecureMemory

/// What a person came to do: in the sandbox, made-up procedures of made-up bodies.
struct Procedure: Equatable, Sendable {
    let id: String
    let organisation: String
    let title: String
    /// The level of registration that a person needs for it.
    let demands: RegistrationLevel

    /// The sandbox's procedures.
    static let samples = [
        Procedure(
            id: "padro", organisation: "Ajuntament de Mostra", title: "Certificat d'empadronament", demands: .basic),
        Procedure(id: "beca", organisation: "Universidad de Ejemplo", title: "Solicitud de beca", demands: .basic),
        Procedure(id: "licenza", organisation: "Concello de Proba", title: "Licenza de obra menor", demands: .basic),
        Procedure(
            id: "historia", organisation: "Adibide Osasun Etxea", title: "Osasun-historia kontsultatzea",
            demands: .advanced),
    ]

    /// What operators come to do.
    static let desk = Procedure(
        id: "desk", organisation: "Sandbox gateway", title: "Operators' desk", demands: .advanced)

    /// The sample of that name.
    static func sample(_ id: String) -> Procedure? { samples.first { $0.id == id } }

    /// The procedure of that name, whether a sample or the desk.
    static func named(_ id: String) -> Procedure? { id == desk.id ? desk : sample(id) }
}

/// A visit as it is at a moment, in a known procedure.
struct Transaction: Equatable, Sendable {
    typealias State = Visit.State
    typealias Method = Visit.Method

    /// What the browser's cookie holds; empty where the visit was not found by it.
    let id: [UInt8]
    let procedure: Procedure
    let state: State
    /// What is kept of it.
    let row: Visit

    /// What is stored of its name.
    var key: [UInt8] { row.id }
    var method: Method { row.method }
    /// The reference (PIN) or verification code (Cl@ve Mòbil) that the page shows.
    var code: String { row.code }
    var issuedAt: Int64 { row.issuedAt }
    var expiresAt: Int64 { row.expiresAt }
    /// Row number of the person; nil also when the data were wrong.
    var citizen: Int64? { row.citizen }
    /// Names the request towards the agent.
    var request: [UInt8] { row.request }
    /// The starred document that was typed; empty before.
    var document: String { row.document }
    /// The link's token.
    var token: [UInt8] { row.token }
}

/// Whom a procedure lets in.
struct Login: Equatable, Sendable {
    /// Row number of the person.
    let citizen: Int64
    let name: String
    let document: NationalDocument
    let level: RegistrationLevel
    let method: Transaction.Method
}

extension GatewayServices {
    /// Bytes of a transaction's name.
    static let transactionLength = 16
    /// Seconds that a visit may take in all.
    static let transactionLife: Int64 = 1800

    /// What beginning a visit came to.
    enum Beginning: Equatable {
        /// What the browser's cookie is to hold.
        case begun([UInt8])
        /// The address has begun too many: wait these seconds.
        case tooMany(seconds: Int64)
    }

    /// Begins a visit, if its address has not begun too many: an address has as many visits as attempts.
    func begin(_ procedure: Procedure, address: String) throws(StoreError) -> Beginning {
        let id = randomBytes(Self.transactionLength)
        let door: Door = procedure == .desk ? .desk : .people
        return try store.write { (tx) throws(StoreError) in
            let wait = try limiter.count(
                tx, door.rawValue + "visit", RateLimiter.network(address), limit: settings.limits.attemptsPerAddress,
                window: RateLimiter.window)
            if let wait { return .tooMany(seconds: wait) }
            try tx.visits.begin(stored(id), procedure: procedure.id, from: address, at: now())
            return .begun(id)
        }
    }

    /// A visit as it is now; nil if there is none of that name, or it is over a long time ago.
    func transaction(_ id: [UInt8]) throws(StoreError) -> Transaction? {
        try store.read { (tx) throws(StoreError) in try transaction(tx, id) }
    }

    /// Ends a visit at the person's wish; what waits at the agent is withdrawn.
    func cancel(_ id: [UInt8]) throws(StoreError) {
        try database.write { (tx, effects) throws(StoreError) in
            guard let visit = try transaction(tx, id), visit.state == .waiting || visit.state == .open else {
                return
            }
            try tx.visits.set(visit.key, to: .cancelled)
            // A visit that has asked for nothing is no news.
            guard visit.state == .waiting else { return }
            try audit(tx, "cancel", subject: visit.document, outcome: "cancelled in the page")
            try leaveWithdrawal(tx, visit, &effects)
        }
    }

    /// Has what was pushed about a visit taken back, for whom it may be.
    func leaveWithdrawal(
        _ tx: WriteTransaction, _ visit: Transaction, _ effects: inout Effects
    ) throws(StoreError) {
        guard !visit.request.isEmpty else { return }
        try leave(
            tx, Errand(kind: .withdrawal, former: visit.request, formerCitizen: visit.citizen ?? 0), &effects)
    }

    /// What an approved visit comes to.
    enum Finish: Equatable {
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
    func finish(_ id: [UInt8]) throws(StoreError) -> Finish {
        let code = randomBytes(Self.transactionLength)
        return try store.write { (tx) throws(StoreError) in
            guard let visit = try transaction(tx, id), visit.state == .approved,
                let person = try visit.citizen.flatMap({ (id) throws(StoreError) in try tx.citizens.find(id: id) })
            else { return .gone }
            guard person.effectiveLevel(at: now()) >= visit.procedure.demands else {
                let isOld = person.level >= visit.procedure.demands
                // Told once: the page may be loaded again and again.
                if try limiter.isFirst(tx, "level", base64URL(visit.key)) {
                    try audit(
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
    func redeem(_ code: [UInt8], of visit: [UInt8]) throws(StoreError) -> Login? {
        try store.write { (tx) throws(StoreError) in
            let digest = keys.digest(code, for: "login", of: [])
            guard let visit = try transaction(tx, visit), visit.state == .approved,
                constantTimeEqual(unsafe digest.span.bytes, unsafe visit.row.login.span.bytes),
                let person = try visit.citizen.flatMap({ (id) throws(StoreError) in try tx.citizens.find(id: id) }),
                case let level = person.effectiveLevel(at: now()), level >= visit.procedure.demands
            else { return nil }
            try tx.visits.remove(visit.key)
            try audit(tx, "enter", subject: person.document.masked, outcome: "let in")
            return Login(
                citizen: person.id, name: person.name, document: person.document, level: level, method: visit.method)
        }
    }

    // MARK: Rows

    /// What is stored of a visit's name: the cookie's value is nowhere on the disk.
    func stored(_ id: [UInt8]) -> [UInt8] { keys.digest(id, for: "transaction", of: []) }

    func transaction(_ tx: StoreTransaction<some StoreAccess>, _ id: [UInt8]) throws(StoreError) -> Transaction? {
        transaction(try tx.visits.visit(stored(id)), id: id)
    }

    /// A visit as it is now; nil if it is over a long time ago, or in a procedure that is no more.
    func transaction(_ visit: Visit?, id: [UInt8] = []) -> Transaction? {
        guard let visit, let procedure = Procedure.named(visit.procedure),
            visit.createdAt > now() - Self.transactionLife
        else { return nil }
        return Transaction(id: id, procedure: procedure, state: visit.state(at: now()), row: visit)
    }
}

extension Transaction {
    /// Where its attempts count.
    var door: Door { procedure == .desk ? .desk : .people }
}
