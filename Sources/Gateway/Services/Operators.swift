import ClaveDomain
import GatewayServices
import GatewayStore

/// Operators: registered people who may act at the desk. Only who owns the state folder makes them.
extension GatewayServices {
    /// What making or unmaking an operator came to.
    enum OperatorOutcome: Equatable {
        case done
        /// Nobody of that document is registered.
        case notRegistered
        /// The desk demands the advanced level.
        case levelTooLow
    }

    /// Makes a person an operator, or no longer one.
    func setOperator(_ document: NationalDocument, _ isOperator: Bool) throws(StoreError) -> OperatorOutcome {
        try store.write { (tx) throws(StoreError) in
            guard let person = try tx.citizens.find(document) else { return .notRegistered }
            guard !isOperator || person.effectiveLevel(at: now()) >= Procedure.desk.demands else { return .levelTooLow }
            guard person.isOperator != isOperator else { return .done }
            try tx.citizens.setOperator(isOperator, person.id)
            try audit(
                tx, "operator", subject: document.masked, by: .owner, outcome: isOperator ? "added" : "removed")
            return .done
        }
    }

    /// All operators, by document.
    func operators() throws(StoreError) -> [Citizen] {
        try store.read { (tx) throws(StoreError) in try tx.citizens.operators() }
    }

    /// Who signed in, if they are an operator at this moment.
    func currentOperator(_ login: Login) throws(StoreError) -> Citizen? {
        try store.read { (tx) throws(StoreError) in try currentOperator(tx, login.citizen, login.document) }
    }

    /// An operator of that row, if the row is still theirs and they still are one, at the level of the desk.
    func currentOperator(
        _ tx: StoreTransaction<some StoreAccess>, _ id: Int64, _ document: NationalDocument
    ) throws(StoreError) -> Citizen? {
        guard let person = try tx.citizens.find(id: id), person.document == document, person.isOperator,
            person.effectiveLevel(at: now()) >= Procedure.desk.demands
        else { return nil }
        return person
    }
}
