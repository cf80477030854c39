import ClaveDomain
import GatewayServices
import GatewayStore

extension GatewayServices {
    /// Does an act in one write. Whether an operator still is one, is asked in the same write.
    func act(
        by actor: Actor, _ body: (WriteTransaction, inout Effects) throws(StoreError) -> ActOutcome
    ) throws(StoreError) -> ActOutcome {
        try database.write { (tx, effects) throws(StoreError) in
            if case .desk(let person, _) = actor,
                try currentOperator(tx, person.id, person.document) == nil
            {
                return .notOperator
            }
            let outcome = try body(tx, &effects)
            // Tells a gateway that runs beside this process.
            for notice in effects.notices { try tx.notices.leave(notice, at: now()) }
            return outcome
        }
    }

    /// Does an act on a person's record, which must be as who acts has seen it.
    ///
    /// - Parameter version: of the record as it was seen; nil for whatever it is.
    func act(
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
