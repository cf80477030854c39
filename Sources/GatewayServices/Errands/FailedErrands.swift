import ClaveDomain
public import GatewayStore

/// An errand that failed.
public struct FailedErrand: Equatable, Sendable {
    public let number: Int64
    public let kind: Errand.Kind
    /// Who was asked for; empty where it does not say.
    public let document: String
    public let tries: Int64
    /// Seconds since 1970; 0 while it is still tried.
    public let setAsideAt: Int64
    /// The store's words.
    public let reason: String
}

/// The errands that failed, for whoever owns the state folder.
public struct FailedErrands: Sendable {
    private let database: Database
    private let queue: ErrandQueue
    private let audit: AuditWriter

    public init(_ database: Database, queue: ErrandQueue, audit: AuditWriter) {
        self.database = database
        self.queue = queue
        self.audit = audit
    }

    /// The errands that failed and were not done since, oldest first.
    public func list() throws(StoreError) -> [FailedErrand] {
        try database.read { (tx) throws(StoreError) in try tx.errands.failed() }.compactMap { row in
            guard let errand = queue.opened(row.sealed) else { return nil }
            return FailedErrand(
                number: row.id, kind: errand.kind, document: errand.asked?.document.text ?? "", tries: row.tries,
                setAsideAt: row.setAsideAt, reason: row.reason)
        }
    }

    /// Has the errands that were set aside tried again, by the gateway that runs within a minute.
    ///
    /// - Returns: how many.
    public func retry() throws(StoreError) -> Int {
        try database.write { (tx, _) throws(StoreError) in
            try told(tx, tx.errands.retrySetAside(), "to be tried again")
        }
    }

    /// Deletes the errands that were set aside.
    ///
    /// - Returns: how many.
    public func drop() throws(StoreError) -> Int {
        try database.write { (tx, _) throws(StoreError) in
            tx.leavesNoTrace()
            return try told(tx, tx.errands.removeSetAside(), "dropped")
        }
    }

    private func told(_ tx: WriteTransaction, _ count: Int, _ what: String) throws(StoreError) -> Int {
        guard count > 0 else { return 0 }
        try audit.record(tx, ErrandRunner.act, subject: "", by: .owner, outcome: "\(count) \(what)")
        return count
    }
}
