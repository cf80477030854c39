/// Visits of browsers, from a procedure's door to its welcome: the table `transactions`.
///
/// No PIN, code or cookie is stored: only keyed digests.
public struct Visits<Access: StoreAccess> {
    let connection: any SQLConnection
}

extension StoreTransaction {
    /// Visits of browsers.
    public var visits: Visits<Access> { Visits(connection: connection) }
}

extension Visits {
    private static var columns: String {
        """
        SELECT id, procedure, address, created_at, state, method, citizen, request, code, digest, token, tries_left,
        issued_at, expires_at, document, login, subject FROM transactions
        """
    }

    /// The visit of a name.
    ///
    /// - Parameter id: a keyed digest of what the browser's cookie holds.
    public func visit(_ id: [UInt8]) throws(StoreError) -> Visit? {
        try connection.first("\(Self.columns) WHERE id = ?1", .blob(id), decode: Visit.init)
    }

    /// The visit whose page shows a link.
    public func visit(token: [UInt8]) throws(StoreError) -> Visit? {
        try connection.first("\(Self.columns) WHERE token = ?1", .blob(token), decode: Visit.init)
    }

    /// The visit of a request towards an agent.
    public func visit(request: [UInt8]) throws(StoreError) -> Visit? {
        try connection.first("\(Self.columns) WHERE request = ?1", .blob(request), decode: Visit.init)
    }

    /// Whether a person is asked to approve a visit, beside one.
    ///
    /// - Parameters:
    ///   - visit: the one that does not count; empty for none.
    ///   - now: seconds since 1970.
    public func hasPendingApproval(
        of citizen: Int64, besides visit: [UInt8], at now: Int64
    ) throws(StoreError) -> Bool {
        try connection.exists(
            """
            SELECT 1 FROM transactions
            WHERE citizen = ?1 AND method IN (?2, ?3) AND \(Self.isWaiting) AND expires_at > ?4 AND id <> ?5 LIMIT 1
            """, .integer(citizen), .integer(Visit.Method.mobileByDocument.rawValue),
            .integer(Visit.Method.mobileByLink.rawValue), .integer(now), .blob(visit))
    }

    /// The condition of the index of those that wait: as a parameter, the index would not serve.
    static var isWaiting: String { "state = \(Visit.State.waiting.rawValue)" }
}
