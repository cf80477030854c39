import ClaveDomain
import GatewayServices
import GatewayStore

/// The errands that failed, for whoever owns the state folder.
extension GatewayServices {
    /// An errand that failed.
    struct FailedErrand: Equatable, Sendable {
        let number: Int64
        let kind: Errand.Kind
        /// Who was asked for; empty where it does not say.
        let document: String
        let tries: Int64
        /// Seconds since 1970; 0 while it is still tried.
        let setAsideAt: Int64
        /// SQLite's words.
        let reason: String
    }

    /// The errands that failed and were not done since, oldest first.
    func failedErrands() throws(StoreError) -> [FailedErrand] {
        try store.read { (tx) throws(StoreError) in try tx.errands.failed() }.compactMap { row in
            guard let errand = opened(row.sealed) else { return nil }
            return FailedErrand(
                number: row.id, kind: errand.kind, document: errand.asked?.document.text ?? "", tries: row.tries,
                setAsideAt: row.setAsideAt, reason: row.reason)
        }
    }

    /// Has the errands that were set aside tried again, by the gateway that runs within a minute.
    ///
    /// - Returns: how many.
    func retryErrands() throws(StoreError) -> Int {
        try store.write { (tx) throws(StoreError) in
            try told(tx, tx.errands.retrySetAside(), "to be tried again")
        }
    }

    /// Deletes the errands that were set aside.
    ///
    /// - Returns: how many.
    func dropErrands() throws(StoreError) -> Int {
        try store.write { (tx) throws(StoreError) in
            tx.leavesNoTrace()
            return try told(tx, tx.errands.removeSetAside(), "dropped")
        }
    }

    private func told(_ tx: WriteTransaction, _ count: Int, _ what: String) throws(StoreError) -> Int {
        guard count > 0 else { return 0 }
        try audit(tx, Self.errandAct, subject: "", by: .owner, outcome: "\(count) \(what)")
        return count
    }
}
