import ClaveDomain
import GatewayAPI
public import GatewayStore

/// The second look at a call that was recorded: another operator's.
public struct ReviewService: Sendable {
    /// As the audit calls it.
    static let act = "review of a call"

    private let database: Database
    private let clock: CallClock
    private let audit: AuditWriter
    private let administration: Administration
    private let removals: RemovalService

    public init(
        _ database: Database, clock: CallClock, audit: AuditWriter, administration: Administration,
        removals: RemovalService
    ) {
        self.database = database
        self.clock = clock
        self.audit = audit
        self.administration = administration
        self.removals = removals
    }

    /// Calls whose recordings wait for another operator, oldest first.
    public func waiting() throws(StoreError) -> [CallFile] {
        let moment = clock.moment()
        return try database.read { (tx) throws(StoreError) in try tx.calls.filesToReview(at: moment) }
    }

    /// Finds that the person is who they say: they have the advanced level, now or when they have given phone and e-mail.
    public func accept(_ id: Int64, by actor: Actor) throws(StoreError) -> ActOutcome {
        try review(id, by: actor) { (tx, call, _) throws(StoreError) in
            if let person = try registered(tx, by: call) {
                try tx.citizens.setLevel(.advanced, of: person.id)
            } else {
                try tx.registrations.setLevel(.advanced, of: call.session)
            }
            try tx.calls.finishReview(id, .accepted)
            try audit.record(
                tx, Self.act, subject: call.person.document.masked, by: actor, outcome: "accepted, level 2")
        }
    }

    /// Finds that they are not: whoever was registered by the call is removed.
    public func reject(_ id: Int64, by actor: Actor) throws(StoreError) -> ActOutcome {
        try review(id, by: actor) { (tx, call, effects) throws(StoreError) in
            try tx.calls.finishReview(id, .rejected)
            try tx.registrations.remove(call.session)
            try audit.record(tx, Self.act, subject: call.person.document.masked, by: actor, outcome: "rejected")
            guard let person = try registered(tx, by: call) else { return }
            try removals.remove(tx, person, by: actor, outcome: "video call rejected on review", &effects)
            try removals.tell(tx, person, &effects)
        }
    }

    private func review(
        _ id: Int64, by actor: Actor, _ body: (WriteTransaction, Call, inout Effects) throws(StoreError) -> Void
    ) throws(StoreError) -> ActOutcome {
        let moment = clock.moment()
        return try administration.act(by: actor) { (tx, effects) throws(StoreError) in
            guard let call = try tx.calls.call(id, at: moment) else { return .callOver }
            let outcome = actor.mayReview(call)
            if outcome == .done { try body(tx, call, &effects) }
            return outcome
        }
    }

    /// Who was registered by a call, if they still are, and by nothing else since.
    private func registered(_ tx: StoreTransaction<some StoreAccess>, by call: Call) throws(StoreError) -> Citizen? {
        guard call.citizen != 0, let person = try tx.citizens.find(id: call.citizen),
            person.document == call.person.document, person.way == CallService.method
        else { return nil }
        return person
    }
}

extension Actor {
    /// Whether they may look at a call's recording, and judge it: an operator who is neither the person nor the one who
    /// approved.
    func mayReview(_ call: Call) -> ActOutcome {
        guard case .desk(let person, _) = self, call.review == .awaited else { return .callOver }
        guard person.document != call.person.document else { return .ownRecord }
        return person.document.text == call.holderDocument ? .ownReview : .done
    }
}
