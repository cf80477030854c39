public import ClaveDomain
public import GatewayStore

/// Operators: registered people who may act at the desk. Only who owns the state folder makes them.
public struct Operators: Sendable {
    private static let act = "operator"

    private let database: Database
    private let clock: Clock
    private let audit: AuditWriter

    public init(_ database: Database, clock: Clock, audit: AuditWriter) {
        self.database = database
        self.clock = clock
        self.audit = audit
    }

    /// What making or unmaking an operator came to.
    public enum Outcome: Equatable, Sendable {
        case done
        /// Nobody of that document is registered.
        case notRegistered
        /// The desk demands the advanced level.
        case levelTooLow
    }

    /// Makes a person an operator, or no longer one.
    public func set(_ document: NationalDocument, _ isOperator: Bool) throws(StoreError) -> Outcome {
        try database.write { (tx, _) throws(StoreError) in
            guard let person = try tx.citizens.find(document) else { return .notRegistered }
            guard !isOperator || hasLevel(person) else { return .levelTooLow }
            guard person.isOperator != isOperator else { return .done }
            try tx.citizens.setOperator(isOperator, person.id)
            try audit.record(
                tx, Self.act, subject: document.masked, by: .owner, outcome: isOperator ? "added" : "removed")
            return .done
        }
    }

    /// All operators, by document.
    public func all() throws(StoreError) -> [Citizen] {
        try database.read { (tx) throws(StoreError) in try tx.citizens.operators() }
    }

    /// Who signed in, if they are an operator at this moment.
    public func current(_ login: Login) throws(StoreError) -> Citizen? {
        try database.read { (tx) throws(StoreError) in try current(tx, login.citizen, login.document) }
    }

    /// An operator of that row, if the row is still theirs and they still are one, at the level of the desk.
    func current(
        _ tx: StoreTransaction<some StoreAccess>, _ id: Int64, _ document: NationalDocument
    ) throws(StoreError) -> Citizen? {
        guard let person = try tx.citizens.find(id: id), person.document == document, person.isOperator,
            hasLevel(person)
        else { return nil }
        return person
    }

    private func hasLevel(_ person: Citizen) -> Bool {
        person.effectiveLevel(at: clock.now()) >= Procedure.desk.demands
    }
}
