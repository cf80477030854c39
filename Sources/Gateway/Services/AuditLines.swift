import ClaveDomain
import GatewayStore

/// The audit: what happened, to whom in part, and who did it. Lines are added, never changed, and chained by hashes, so that
/// a change is found (``AuditTable``).
extension GatewayServices {
    /// Adds a line, in the caller's write.
    ///
    /// - Parameters:
    ///   - subject: whom it is about, starred; never a code.
    ///   - address: the network address that asked; an operator's is added by itself.
    ///   - actor: who acts on another's record; nil where people act for themselves.
    func audit(
        _ tx: WriteTransaction, _ act: String, subject: String, address: String = "", by actor: Actor? = nil,
        outcome: String
    ) throws(StoreError) {
        try tx.audit.append(
            AuditLine(
                at: now(), act: act, subject: subject, address: actor?.address ?? address, outcome: outcome,
                actor: actor?.auditText ?? ""))
    }

    /// Which lines of the audit are wanted.
    struct AuditFilter: Sendable {
        /// Seconds since 1970.
        var since: Int64?
        /// Of this kind.
        var act: String?
        /// About this person, or others whose starred document is the same.
        var document: NationalDocument?

        func fits(_ line: AuditLine) -> Bool {
            line.at >= since ?? .min && (act == nil || line.act == act)
                && (document == nil || line.subject == document?.masked)
        }
    }

    /// The newest lines of the database that fit, oldest of them first; older ones are in closed files.
    ///
    /// - Parameter limit: the newest so many.
    func auditLines(limit: Int, _ filter: AuditFilter = AuditFilter()) throws(StoreError) -> [AuditLine] {
        try store.read { (tx) throws(StoreError) in try auditLines(tx, limit, filter) }
    }

    /// The same in the caller's read.
    func auditLines(
        _ tx: StoreTransaction<some StoreAccess>, _ limit: Int, _ filter: AuditFilter
    ) throws(StoreError) -> [AuditLine] {
        try tx.audit.newest(
            limit, since: filter.since ?? .min, act: filter.act, subject: filter.document?.masked)
    }

    /// The kinds of acts that the audit has lines of, in the order of the alphabet.
    func auditActs() throws(StoreError) -> [String] {
        try store.read { (tx) throws(StoreError) in
            try tx.audit.acts()
        }
    }
}
