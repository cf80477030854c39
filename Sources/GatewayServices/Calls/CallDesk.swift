public import ClaveDomain
public import GatewayAPI
public import GatewayStore

/// What an operator has to see before they approve.
public enum CallCheck: String, CaseIterable, Sendable {
    case front
    case back
    case face
    case hologram
    case code
}

/// Video calls, as operators hold them.
public struct CallDesk: Sendable {
    private let database: Database
    private let clock: CallClock
    private let audit: AuditWriter
    private let administration: Administration
    private let census: CensusService
    private let registrations: RegistrationService

    public init(
        _ database: Database, clock: CallClock, audit: AuditWriter, administration: Administration,
        census: CensusService, registrations: RegistrationService
    ) {
        self.database = database
        self.clock = clock
        self.audit = audit
        self.administration = administration
        self.census = census
        self.registrations = registrations
    }

    // MARK: Lists

    /// Calls that are not over, in the order in which they are served.
    public func live() throws(StoreError) -> [CallFile] {
        let moment = clock.moment()
        return try database.read { (tx) throws(StoreError) in try tx.calls.liveFiles(at: moment) }
    }

    /// The newest calls, whatever came of them.
    ///
    /// - Parameters:
    ///   - document: whose; nil for everybody's.
    ///   - limit: how many.
    public func newest(of document: NationalDocument? = nil, limit: Int = 1000) throws(StoreError) -> [CallFile] {
        let moment = clock.moment()
        return try database.read { (tx) throws(StoreError) in
            try tx.calls.newestFiles(of: document, limit: limit, at: moment)
        }
    }

    /// A call of that number.
    public func file(_ id: Int64) throws(StoreError) -> CallFile? {
        let moment = clock.moment()
        return try database.read { (tx) throws(StoreError) in try tx.calls.file(id, at: moment) }
    }

    // MARK: Holding

    /// Takes a call whose page is open. A call has one operator, and an operator one call.
    public func take(_ id: Int64, by actor: Actor) throws(StoreError) -> ActOutcome {
        let code = String(decoding: RandomCode.digits(CallRules.codeDigits), as: UTF8.self)
        let moment = clock.moment()
        return try administration.act(by: actor) { (tx, _) throws(StoreError) in
            // An operator who was gone holds no call any more.
            try tx.calls.settle(at: moment)
            guard case .desk(let person, _) = actor, let call = try tx.calls.call(id, at: moment),
                call.outward(at: moment.now) == .queued
            else { return .callOver }
            guard call.person.document != person.document else { return .ownRecord }
            guard try !tx.calls.isHolding(person.id) else { return .otherCall }
            guard try tx.calls.take(id, by: person.id, person.document, code: code, at: moment.now) else {
                return .callOver
            }
            return try done(tx, call, actor, "taken")
        }
    }

    /// Gives a call back: another operator takes it.
    public func release(_ id: Int64, by actor: Actor) throws(StoreError) -> ActOutcome {
        let moment = clock.moment()
        return try administration.act(by: actor) { (tx, _) throws(StoreError) in
            guard let call = try actor.heldCall(tx, id, moment) else { return .callOver }
            try tx.calls.giveBack(id)
            return try done(tx, call, actor, "given back")
        }
    }

    /// Notes that the operator's page is open.
    ///
    /// - Returns: what the page shows; nil if the call is not theirs any more.
    public func keep(_ id: Int64, by actor: Actor) throws(StoreError) -> CallFile? {
        let moment = clock.moment()
        let file = try database.read { (tx) throws(StoreError) -> CallFile? in
            guard try actor.heldCall(tx, id, moment) != nil else { return nil }
            return try tx.calls.file(id, at: moment)
        }
        // Once in a while is enough, and spares the disk.
        guard let file, abs(moment.now - file.call.holderSeenAt) >= Call.operatorPresence / 6 else { return file }
        return try database.write { (tx, _) throws(StoreError) in
            guard try actor.heldCall(tx, id, moment) != nil else { return nil }
            try tx.calls.noteHolderSeen(id, at: moment.now)
            return try tx.calls.file(id, at: moment)
        }
    }

    // MARK: Deciding

    /// Says that the person is who they say: in the same write their device may give phone and e-mail.
    ///
    /// - Parameter checks: what the operator has seen.
    public func approve(_ id: Int64, checks: Set<CallCheck>, by actor: Actor) throws(StoreError) -> ActOutcome {
        let moment = clock.moment()
        return try administration.act(by: actor) { (tx, _) throws(StoreError) in
            guard let call = try actor.heldCall(tx, id, moment) else { return .callOver }
            guard checks.count == CallCheck.allCases.count else { return .unchecked }
            guard let person = try census.entry(tx, of: call.person) else { return .dataDiffer }
            guard try tx.citizens.find(call.person.document) == nil else { return .documentTaken }
            // Calls of other devices go on, though they can register nobody any more: an end would tell whose data were right.
            let pieces = try tx.recordings.count(of: id)
            try tx.calls.approve(id, isReviewed: call.consents && pieces > 0, at: moment.now)
            let proof = IdentityProof(
                way: CallService.method, document: call.person.document, name: person.name, level: .basic,
                datum: call.person.datum)
            try registrations.begin(
                tx, proof,
                RegistrationSession(id: call.session, signingKey: call.signingKey, sealingKey: call.sealingKey))
            return try done(tx, call, actor, "approved")
        }
    }

    /// Says that they are not, or that it could not be seen.
    public func reject(_ id: Int64, _ reason: CallRejection, by actor: Actor) throws(StoreError) -> ActOutcome {
        let moment = clock.moment()
        return try administration.act(by: actor) { (tx, _) throws(StoreError) in
            guard reason != .none, let call = try actor.heldCall(tx, id, moment) else { return .callOver }
            try tx.calls.reject(id, reason, at: moment.now)
            return try done(tx, call, actor, "rejected, \(reason)")
        }
    }

    /// Calls a person's calls off, whatever data they were booked with.
    public func cancelAll(of document: NationalDocument, by actor: Actor) throws(StoreError) -> ActOutcome {
        let moment = clock.moment()
        return try administration.act(by: actor) { (tx, _) throws(StoreError) in
            if case .desk(let person, _) = actor, person.document == document { return .ownRecord }
            let live = try tx.calls.live(of: document, at: moment)
            guard !live.isEmpty else { return .callOver }
            for call in live { try tx.calls.cancel(call.id, at: moment.now) }
            try audit.record(
                tx, CallService.act, subject: document.masked, by: actor, outcome: "called off")
            return .done
        }
    }

    private func done(
        _ tx: WriteTransaction, _ call: Call, _ actor: Actor, _ outcome: String
    ) throws(StoreError) -> ActOutcome {
        try audit.record(
            tx, CallService.act, subject: call.person.document.masked, by: actor, outcome: outcome)
        return .done
    }
}

extension Actor {
    /// The call of that number, if it is running and this operator's.
    func heldCall(
        _ tx: StoreTransaction<some StoreAccess>, _ id: Int64, _ moment: Moment
    ) throws(StoreError) -> Call? {
        guard case .desk(let person, _) = self, let call = try tx.calls.call(id, at: moment),
            call.state == .running, call.holder == person.id, call.holderDocument == person.document.text
        else { return nil }
        return call
    }
}
