import ClaveDomain

/// The audit: what happened, to whom in part, and who did it. Lines are added, never changed, and chained by hashes, so that
/// a change is found (``AuditChain``).
extension GatewayServices {
    /// Adds a line, in the caller's write.
    ///
    /// - Parameters:
    ///   - subject: whom it is about, starred; never a code.
    ///   - address: the network address that asked; an operator's is added by itself.
    ///   - actor: who acts on another's record; nil where people act for themselves.
    func audit(
        _ database: Database, _ act: String, subject: String, address: String = "", by actor: Actor? = nil,
        outcome: String
    ) throws(StoreError) {
        try AuditChain.append(
            database,
            AuditLine(
                at: now(), act: act, subject: subject, address: actor?.address ?? address, outcome: outcome,
                actor: actor?.auditText ?? ""))
    }

    /// A line of the audit.
    struct AuditLine: Equatable, Sendable {
        /// Seconds since 1970.
        let at: Int64
        let act: String
        /// A starred document, or empty.
        let subject: String
        let address: String
        var outcome: String
        /// Who acted on another's record: an operator's starred document, "command line", or empty.
        let actor: String
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
        try store.read { (database) throws(StoreError) in try auditLines(database, limit, filter) }
    }

    /// The same in the caller's read.
    func auditLines(
        _ database: Database, _ limit: Int, _ filter: AuditFilter
    ) throws(StoreError) -> [AuditLine] {
        try database.run(
            """
            \(AuditChain.columns)
            WHERE at >= ?1 AND (?2 IS NULL OR act = ?2) AND (?3 IS NULL OR subject = ?3)
            ORDER BY id DESC LIMIT ?4
            """, .integer(filter.since ?? .min), filter.act.map { .text($0) } ?? .null,
            filter.document.map { .text($0.masked) } ?? .null, .integer(Int64(limit))
        ).reversed().map { AuditChain.line($0) }
    }

    /// The kinds of acts that the audit has lines of, in the order of the alphabet.
    func auditActs() throws(StoreError) -> [String] {
        try store.read { (database) throws(StoreError) in
            try database.run("SELECT DISTINCT act FROM audit ORDER BY act").map { $0.text(0) }
        }
    }
}
