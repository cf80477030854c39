/// What is counted against a limit: the table `acts`. Whose attempts they are, a keyed digest says.
public struct Attempts<Access: StoreAccess> {
    fileprivate let connection: any SQLConnection
}

extension StoreTransaction {
    /// What is counted against limits.
    public var attempts: Attempts<Access> { Attempts(connection: connection) }
}

extension Attempts {
    /// How many attempts of a subject lie in a stretch of time, and when the first of them was: 0 for none.
    ///
    /// - Parameters:
    ///   - start: attempts after it count; seconds since 1970.
    ///   - end: attempts up to it count.
    public func count(
        of subject: [UInt8], after start: Int64, upTo end: Int64
    ) throws(StoreError) -> (count: Int, first: Int64) {
        try connection.first(
            "SELECT count(*) AS amount, min(at) AS first FROM acts WHERE subject = ?1 AND at > ?2 AND at <= ?3",
            .blob(subject), .integer(start), .integer(end)
        ) { (Int($0.integer("amount")), $0.integer("first")) } ?? (0, 0)
    }
}

extension Attempts<ReadWrite> {
    /// Adds one of a subject.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - end: until when it may count.
    public func add(of subject: [UInt8], at now: Int64, until end: Int64) throws(StoreError) {
        try connection.execute(
            "INSERT INTO acts (subject, at, ends_at) VALUES (?1, ?2, ?3)", .blob(subject), .integer(now), .integer(end))
    }

    /// Removes those that count no more: ended before a time, or ending after one that no clock has reached yet.
    public func remove(endedBefore time: Int64, endingAfter future: Int64) throws(StoreError) {
        try connection.execute(
            "DELETE FROM acts WHERE ends_at < ?1 OR ends_at > ?2", .integer(time), .integer(future))
    }
}
