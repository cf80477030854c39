public import ClaveDomain
public import GatewayAPI
public import GatewayStore
import SecureMemory

/// Cl@ve Mòbil: the person approves a visit in their agent, after comparing a code.
public struct ApprovalService: Sendable {
    private let database: Database
    /// The gateway's, as browsers and agents see it.
    private let origin: String
    private let clock: Clock
    private let audit: AuditWriter
    private let limiter: RateLimiter
    private let visits: VisitService
    private let errands: ErrandQueue

    /// - Parameter origin: `https://host:port` of the gateway, for links.
    public init(
        _ database: Database, origin: String, clock: Clock, audit: AuditWriter, limiter: RateLimiter,
        visits: VisitService, errands: ErrandQueue
    ) {
        self.database = database
        self.origin = origin
        self.clock = clock
        self.audit = audit
        self.limiter = limiter
        self.visits = visits
        self.errands = errands
    }

    /// Asks the agent of the person of these data to approve a visit; an errand finds them.
    ///
    /// A person has one pending request. While one waits, another visit with right data is treated as one with wrong
    /// data: it waits and expires. To say "another request is pending" would tell a stranger that the data are right.
    public func request(
        _ id: [UInt8], _ document: NationalDocument, _ datum: ContrastDatum, address: String
    ) throws(StoreError) -> RequestOutcome {
        try database.write { (tx, effects) throws(StoreError) in
            guard let visit = try visits.transaction(tx, id), visit.state == .open || visit.method != .pin else {
                return .gone
            }
            if let seconds = try limiter.countAttempt(tx, document, address, at: visit.door, act: "Mòbil") {
                return .tooMany(seconds: seconds)
            }
            let request = try beginWaiting(tx, visit, .mobileByDocument, document, address)
            try errands.leave(
                tx,
                Errand(
                    kind: .mobile, request: request, former: visit.request, formerCitizen: visit.citizen ?? 0,
                    asked: ClaimedPerson(document: document, datum: datum, language: ""), address: address), &effects)
            return .accepted
        }
    }

    /// Makes a link (and so a QR) for a visit: whoever's agent opens it may approve it as themselves.
    ///
    /// - Returns: nil if the visit is over, or another way was chosen for it.
    public func requestLink(_ id: [UInt8], address: String) throws(StoreError) -> MobileLink? {
        try database.write { (tx, _) throws(StoreError) in
            guard let visit = try visits.transaction(tx, id), visit.state == .open || visit.method == .mobileByLink
            else { return nil }
            if visit.state == .waiting { return MobileLink(gateway: origin, token: visit.token) }
            let token = randomBytes(GatewayLimits.identifier)
            // The token opens nothing by itself; it is kept as it is, to be shown again.
            _ = try beginWaiting(tx, visit, .mobileByLink, nil, token: token, address)
            return MobileLink(gateway: origin, token: token)
        }
    }

    /// Binds a link's visit to the person whose device claims it; once.
    public func claim(_ token: [UInt8], by device: Device) throws(StoreError) -> Result<RequestDetails, Refusal> {
        try database.write { (tx, _) throws(StoreError) in
            guard let visit = visits.transaction(try tx.visits.visit(token: token)), visit.state == .waiting else {
                return .failure(Refusal(.notFound))
            }
            guard visit.citizen == nil else { return .failure(Refusal(.answered)) }
            guard !device.takesPINsOnly else { return .failure(Refusal(.notFound)) }
            guard try !tx.visits.hasPendingApproval(of: device.citizen, besides: [], at: clock.now()) else {
                return .failure(Refusal(.tooMany, String(ClaveRules.mobileRequestLife.components.seconds)))
            }
            let person = try tx.citizens.find(id: device.citizen)
            try tx.visits.claim(visit.key, by: device.citizen, document: person?.document.masked ?? "")
            try audit.record(tx, "Mòbil", subject: person?.document.masked ?? "", outcome: "claimed by link")
            return .success(visit.details(origin: visit.row.address))
        }
    }

    /// Takes the person's word; once, in time, from the person's active device, with the code that the page shows.
    ///
    /// - Returns: why it was not taken; nil if it was.
    public func answer(_ answer: MobileAnswer, by device: Device) throws(StoreError) -> Refusal? {
        try database.write { (tx, _) throws(StoreError) in
            guard let visit = visits.transaction(try tx.visits.visit(request: answer.identifier)),
                visit.citizen == device.citizen, visit.method != .pin
            else { return Refusal(.notFound) }
            if visit.state == .expired { return Refusal(.expired) }
            guard visit.state == .waiting else { return Refusal(.answered) }
            guard visit.code == answer.code else { return Refusal(.malformed) }
            try tx.visits.set(visit.key, to: answer.approve ? .approved : .rejected)
            try tx.devices.removeEvents(about: answer.identifier)
            try audit.record(
                tx, "Mòbil", subject: visit.document, outcome: answer.approve ? "approved" : "rejected")
            return nil
        }
    }

    // MARK: Steps

    /// Has a visit wait for an approval; the name of its request.
    private func beginWaiting(
        _ tx: WriteTransaction, _ visit: Transaction, _ method: Transaction.Method, _ document: NationalDocument?,
        token: [UInt8]? = nil, _ address: String
    ) throws(StoreError) -> [UInt8] {
        let code = String(decoding: RandomCode.symbols(PINAlphabet.length), as: UTF8.self)
        let request = randomBytes(GatewayLimits.identifier)
        let now = clock.now()
        try tx.visits.awaitApproval(
            .init(
                method: method, request: request, code: code, token: token, issuedAt: now,
                expiresAt: now + ClaveRules.mobileRequestLife.components.seconds, document: document?.masked ?? "",
                address: address), of: visit.key)
        return request
    }
}
