public import ClaveDomain
public import GatewayStore

/// Acts on people's records, each in one write: who may act, is checked here, before anything is done.
public struct Administration: Sendable {
    private let database: Database
    private let clock: Clock
    private let operators: Operators

    public init(_ database: Database, clock: Clock, operators: Operators) {
        self.database = database
        self.clock = clock
        self.operators = operators
    }

    /// Does an act in one write. Whether an operator still is one, is asked in the same write.
    ///
    /// - Parameter body: what is done; gets the effects of the write to add to them.
    public func act(
        by actor: Actor, _ body: (WriteTransaction, inout Effects) throws(StoreError) -> ActOutcome
    ) throws(StoreError) -> ActOutcome {
        try database.write { (tx, effects) throws(StoreError) in
            if case .desk(let person, _) = actor,
                try operators.current(tx, person.id, person.document) == nil
            {
                return .notOperator
            }
            let outcome = try body(tx, &effects)
            // Tells a gateway that runs beside this process.
            for notice in effects.notices { try tx.notices.leave(notice, at: clock.now()) }
            return outcome
        }
    }

    /// Does an act on a person's record, which must be as who acts has seen it; nobody acts on their own at the desk.
    ///
    /// - Parameter version: of the record as it was seen; nil for whatever it is.
    public func act(
        by actor: Actor, on document: NationalDocument, version: Int64?,
        _ body: (WriteTransaction, Citizen, inout Effects) throws(StoreError) -> ActOutcome
    ) throws(StoreError) -> ActOutcome {
        try act(by: actor) { (tx, effects) throws(StoreError) in
            guard let person = try tx.citizens.find(document) else { return .notFound }
            if case .desk(let own, _) = actor, own.document == document { return .ownRecord }
            guard version == nil || version == person.version else { return .changed }
            return try body(tx, person, &effects)
        }
    }
}
