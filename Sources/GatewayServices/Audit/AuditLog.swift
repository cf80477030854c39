public import ClaveDomain
public import GatewayStore

/// Which lines of the audit are wanted.
public struct AuditFilter: Sendable {
    /// Seconds since 1970.
    public var since: Int64?
    /// Of this kind.
    public var act: String?
    /// About this person, or others whose starred document is the same.
    public var document: NationalDocument?

    public init(since: Int64? = nil, act: String? = nil, document: NationalDocument? = nil) {
        self.since = since
        self.act = act
        self.document = document
    }

    public func fits(_ line: AuditLine) -> Bool {
        line.at >= since ?? .min && (act == nil || line.act == act)
            && (document == nil || line.subject == document?.masked)
    }
}

/// The audit as it is read, checked and closed into files, beside whoever writes it.
public struct AuditLog: Sendable {
    let store: any GatewayStore
    /// Where closed files lie; nil where none are closed.
    let folder: String?

    public init(_ store: any GatewayStore, folder: String?) {
        self.store = store
        self.folder = folder
    }

    /// The newest lines of the database that fit, oldest of them first; older ones are in closed files.
    ///
    /// - Parameter limit: the newest so many.
    public func newest(limit: Int, _ filter: AuditFilter = AuditFilter()) throws(StoreError) -> [AuditLine] {
        try store.read { (tx) throws(StoreError) in try newest(tx, limit, filter) }
    }

    /// The same in the caller's read.
    func newest(
        _ tx: StoreTransaction<some StoreAccess>, _ limit: Int, _ filter: AuditFilter
    ) throws(StoreError) -> [AuditLine] {
        try tx.audit.newest(
            limit, since: filter.since ?? .min, act: filter.act, subject: filter.document?.masked)
    }

    /// The kinds of acts that the audit has lines of, in the order of the alphabet.
    public func acts() throws(StoreError) -> [String] {
        try store.read { (tx) throws(StoreError) in try tx.audit.acts() }
    }
}
