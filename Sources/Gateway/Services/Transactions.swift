import ClaveDomain
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

/// One visit of a browser at the gateway, from a procedure's door to its welcome.
struct Transaction: Equatable, Sendable {
    enum State: Int64, Sendable {
        /// The method is being chosen, or the data typed.
        case open = 0
        /// A PIN was issued, or an approval is awaited.
        case waiting = 1
        case approved = 2
        case rejected = 3
        case cancelled = 4
        case expired = 5
        /// The PIN died of wrong tries.
        case exhausted = 6
    }
    enum Method: Int64, Sendable {
        case none = 0
        case pin = 1
        case mobileByDocument = 2
        case mobileByLink = 3
    }

    /// What the browser's cookie holds.
    let id: [UInt8]
    let procedure: Procedure
    let state: State
    let method: Method
    /// The reference (PIN) or verification code (Cl@ve Mòbil) that the page shows.
    let code: String
    let issuedAt: Int64
    let expiresAt: Int64
    let triesLeft: Int
    /// Row number of the person; nil also when the data were wrong.
    let citizen: Int64?
    /// Names the request towards the agent.
    let request: [UInt8]
    /// The starred document that was typed; empty before.
    let document: String
    /// The link's token.
    let token: [UInt8]
    /// On whom wrong PINs count.
    let subject: [UInt8]
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
            let wait = try count(
                tx, door.rawValue + "visit", Self.network(address), limit: settings.attemptsPerAddress,
                window: Self.attemptWindow)
            if let wait { return .tooMany(seconds: wait) }
            try tx.run(
                "INSERT INTO transactions (id, procedure, address, created_at, state) VALUES (?, ?, ?, ?, 0)",
                .blob(stored(id)), .text(procedure.id), .text(address), .integer(now()))
            return .begun(id)
        }
    }

    /// A visit as it is now; nil if there is none of that name, or it is over a long time ago.
    func transaction(_ id: [UInt8]) throws(StoreError) -> Transaction? {
        try store.read { (tx) throws(StoreError) in try transaction(tx, id) }
    }

    /// Ends a visit at the person's wish; what waits at the agent is withdrawn.
    func cancel(_ id: [UInt8]) throws(StoreError) {
        try store.write { (tx) throws(StoreError) in
            guard let visit = try transaction(tx, id), visit.state == .waiting || visit.state == .open else {
                return
            }
            try setState(tx, id, .cancelled)
            // A visit that has asked for nothing is no news.
            guard visit.state == .waiting else { return }
            try audit(tx, "cancel", subject: visit.document, outcome: "cancelled in the page")
            try leaveWithdrawal(tx, visit)
        }
        wakeErrands()
    }

    /// Has what was pushed about a visit taken back, for whom it may be.
    func leaveWithdrawal(_ tx: WriteTransaction, _ visit: Transaction) throws(StoreError) {
        guard !visit.request.isEmpty else { return }
        try leave(
            tx, Errand(kind: .withdrawal, former: visit.request, formerCitizen: visit.citizen ?? 0))
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
                let person = try visit.citizen.flatMap({ (id) throws(StoreError) in try citizen(tx, id: id) })
            else { return .gone }
            guard person.effectiveLevel(at: now()) >= visit.procedure.demands else {
                let isOld = person.level >= visit.procedure.demands
                // Told once: the page may be loaded again and again.
                if try isFirst(tx, "level", base64URL(stored(id))) {
                    try audit(
                        tx, "enter", subject: person.document.masked,
                        outcome: isOld ? "renewal due" : "level too low")
                }
                return isOld ? .renewalDue : .levelTooLow
            }
            try tx.run(
                "UPDATE transactions SET login = ? WHERE id = ?",
                .blob(keys.digest(code, for: "login", of: [])), .blob(stored(id)))
            return .code(code)
        }
    }

    /// Who came, for the login code of a visit; once.
    func redeem(_ code: [UInt8], of visit: [UInt8]) throws(StoreError) -> Login? {
        try store.write { (tx) throws(StoreError) in
            let digest = SQLValue.blob(keys.digest(code, for: "login", of: []))
            let rows = try tx.run(
                "SELECT id, citizen, method, procedure FROM transactions WHERE id = ? AND login = ? AND state = ? AND created_at > ?",
                .blob(stored(visit)), digest, .integer(Transaction.State.approved.rawValue),
                .integer(now() - Self.transactionLife))
            guard let row = rows.first, let person = try citizen(tx, id: row.integer(1)),
                let method = Transaction.Method(rawValue: row.integer(2)),
                let procedure = Procedure.named(row.text(3)),
                case let level = person.effectiveLevel(at: now()), level >= procedure.demands
            else { return nil }
            try tx.run("DELETE FROM transactions WHERE id = ?", .blob(row.blob(0)))
            try audit(tx, "enter", subject: person.document.masked, outcome: "let in")
            return Login(
                citizen: person.id, name: person.name, document: person.document, level: level, method: method)
        }
    }

    // MARK: Rows

    /// What is stored of a visit's name: the cookie's value is nowhere on the disk.
    func stored(_ id: [UInt8]) -> [UInt8] { keys.digest(id, for: "transaction", of: []) }

    func transaction(_ tx: StoreTransaction<some StoreAccess>, _ id: [UInt8]) throws(StoreError) -> Transaction? {
        let row = try tx.run("\(Self.columns) WHERE id = ?", .blob(stored(id))).first
        return row.flatMap { transaction($0, id: id) }
    }

    static let columns = """
        SELECT procedure, state, method, code, issued_at, expires_at, tries_left, citizen, request, document, token,
        created_at, id, subject FROM transactions
        """

    /// A row as a visit; a request whose time is over has expired, whatever the row says.
    func transaction(_ row: [SQLValue], id: [UInt8]) -> Transaction? {
        guard let procedure = Procedure.named(row.text(0)), let method = Transaction.Method(rawValue: row.integer(2)),
            var state = Transaction.State(rawValue: row.integer(1)), row.integer(11) > now() - Self.transactionLife
        else { return nil }
        if state == .waiting, row.integer(5) <= now() { state = .expired }
        return Transaction(
            id: id, procedure: procedure, state: state, method: method, code: row.text(3), issuedAt: row.integer(4),
            expiresAt: row.integer(5), triesLeft: Int(row.integer(6)), citizen: row.optionalInteger(7),
            request: row.blob(8), document: row.text(9), token: row.blob(10), subject: row.blob(13))
    }

    func setState(_ tx: WriteTransaction, _ id: [UInt8], _ state: Transaction.State) throws(StoreError) {
        try tx.run(
            "UPDATE transactions SET state = ? WHERE id = ?", .integer(state.rawValue), .blob(stored(id)))
    }
}
