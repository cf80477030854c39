/// Errands: what answers leave to be done after them. What each says lies sealed; the order is that of their numbers.
///
/// One that failed is tried again, and is set aside in the end.
public struct Errands<Access: StoreAccess> {
    fileprivate let connection: any SQLConnection
}

extension StoreTransaction {
    /// What is to be done after answers.
    public var errands: Errands<Access> { Errands(connection: connection) }
}

/// An errand as the table has it.
public struct QueuedErrand: Equatable, Sendable {
    public let id: Int64
    /// What is to be done; only the gateway's key opens it.
    public let sealed: [UInt8]
    /// A keyed digest of the document of whom it is about.
    public let subject: [UInt8]
    /// Tries that have failed.
    public let tries: Int64
    /// When it was tried last, seconds since 1970; 0 for never.
    public let triedAt: Int64
    /// When it was set aside, seconds since 1970; 0 as long as it is tried.
    public let setAsideAt: Int64
    /// Why the last try failed, in the engine's words; empty if none did.
    public let reason: String

    fileprivate static let columns = "id, sealed, subject, tries, tried_at, set_aside_at, reason"

    fileprivate init(_ row: any SQLRow) {
        id = row.integer("id")
        sealed = row.blob("sealed")
        subject = row.blob("subject")
        tries = row.integer("tries")
        triedAt = row.integer("tried_at")
        setAsideAt = row.integer("set_aside_at")
        reason = row.text("reason")
    }
}

extension Errands {
    private static var columns: String { "SELECT \(QueuedErrand.columns) FROM errands" }

    /// The number of the newest; 0 for none.
    public func newest() throws(StoreError) -> Int64 {
        try connection.number("SELECT max(id) AS value FROM errands")
    }

    /// Those that were never tried, the oldest first.
    public func untried(limit: Int) throws(StoreError) -> [QueuedErrand] {
        try connection.rows(
            "\(Self.columns) WHERE set_aside_at = 0 AND tries = 0 ORDER BY id LIMIT ?1", .integer(Int64(limit)),
            decode: QueuedErrand.init)
    }

    /// Those that are to be run alone and may be tried now, the oldest first: all up to a number, and all that have failed.
    ///
    /// - Parameters:
    ///   - number: that of the newest errand of a former gateway.
    ///   - now: seconds since 1970.
    ///   - pause: seconds between two tries; also after the clock was set back.
    public func toRunAlone(
        upTo number: Int64, at now: Int64, pause: Int64, limit: Int
    ) throws(StoreError) -> [QueuedErrand] {
        try connection.rows(
            """
            \(Self.columns) WHERE set_aside_at = 0 AND (tries = 0 OR abs(?1 - tried_at) >= ?2)
            AND (tries > 0 OR id <= ?3) ORDER BY id LIMIT ?4
            """, .integer(now), .integer(pause), .integer(number), .integer(Int64(limit)), decode: QueuedErrand.init)
    }

    /// Those that have failed and were not done since, also those that were set aside; the oldest first.
    public func failed() throws(StoreError) -> [QueuedErrand] {
        try connection.rows("\(Self.columns) WHERE tries > 0 ORDER BY id", decode: QueuedErrand.init)
    }
}

extension Errands<ReadWrite> {
    /// Adds one behind the others.
    ///
    /// - Parameters:
    ///   - sealed: what is to be done.
    ///   - subject: a keyed digest of the document of whom it is about.
    public func add(_ sealed: [UInt8], about subject: [UInt8]) throws(StoreError) {
        try connection.execute(
            "INSERT INTO errands (sealed, subject) VALUES (?1, ?2)", .blob(sealed), .blob(subject))
    }

    /// Notes how often one was tried, when last, and what came of it.
    ///
    /// - Parameters:
    ///   - time: seconds since 1970; 0 to try it again at once.
    ///   - reason: why it failed.
    public func note(_ id: Int64, tries: Int64, at time: Int64, reason: String) throws(StoreError) {
        try connection.execute(
            "UPDATE errands SET tries = ?1, tried_at = ?2, reason = ?3 WHERE id = ?4", .integer(tries), .integer(time),
            .text(reason), .integer(id))
    }

    /// Sets one aside: it is tried no more.
    ///
    /// - Parameter now: seconds since 1970.
    public func setAside(_ id: Int64, at now: Int64) throws(StoreError) {
        try connection.execute(
            "UPDATE errands SET set_aside_at = ?1 WHERE id = ?2", .integer(max(1, now)), .integer(id))
    }

    /// Has those that were set aside tried again, as if they had never been tried.
    ///
    /// - Returns: how many.
    public func retrySetAside() throws(StoreError) -> Int {
        try connection.execute("UPDATE errands SET tries = 0, set_aside_at = 0, reason = '' WHERE set_aside_at <> 0")
    }

    /// Removes those that were set aside.
    ///
    /// - Returns: how many.
    public func removeSetAside() throws(StoreError) -> Int {
        try connection.execute("DELETE FROM errands WHERE set_aside_at <> 0")
    }

    /// Removes those that were set aside before a time.
    public func removeSetAside(before time: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM errands WHERE set_aside_at <> 0 AND set_aside_at < ?1", .integer(time))
    }

    /// Removes one that is done, or never will be.
    public func remove(_ id: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM errands WHERE id = ?1", .integer(id))
    }

    /// Removes all that are about somebody.
    ///
    /// - Parameter subject: a keyed digest of their document.
    public func removeAll(about subject: [UInt8]) throws(StoreError) {
        try connection.execute("DELETE FROM errands WHERE subject = ?1", .blob(subject))
    }
}
