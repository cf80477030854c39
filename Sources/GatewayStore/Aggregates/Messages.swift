/// Text messages that wait to be handed over. What each says and to which phone lies sealed; the order is that of their
/// numbers.
public struct Messages<Access: StoreAccess> {
    fileprivate let connection: any SQLConnection
}

extension StoreTransaction {
    /// Text messages that wait.
    public var messages: Messages<Access> { Messages(connection: connection) }
}

/// A text message as the table has it.
public struct QueuedMessage: Equatable, Sendable {
    public let id: Int64
    /// Phone and text; only the gateway's key opens them.
    public let sealed: [UInt8]
    /// From when on it is worth nothing any more, seconds since 1970.
    public let expiresAt: Int64
    /// Which process hands it over: empty for the gateway.
    public let origin: [UInt8]
    /// How often it was taken.
    public let tries: Int64
    /// When it was taken last, seconds since 1970; 0 for never.
    public let takenAt: Int64
    /// A keyed digest of the document of whom it is about.
    public let subject: [UInt8]

    fileprivate static let columns = "id, sealed, expires_at, origin, tries, taken_at, subject"

    fileprivate init(_ row: any SQLRow) {
        id = row.integer("id")
        sealed = row.blob("sealed")
        expiresAt = row.integer("expires_at")
        origin = row.blob("origin")
        tries = row.integer("tries")
        takenAt = row.integer("taken_at")
        subject = row.blob("subject")
    }
}

extension Messages {
    /// All that wait, the oldest first.
    public func all() throws(StoreError) -> [QueuedMessage] {
        try connection.rows("SELECT \(QueuedMessage.columns) FROM messages ORDER BY id", decode: QueuedMessage.init)
    }
}

extension Messages<ReadWrite> {
    /// Adds one behind the others.
    ///
    /// - Parameters:
    ///   - sealed: phone and text.
    ///   - subject: a keyed digest of the document of whom it is about.
    ///   - expiry: from when on it is worth nothing any more, seconds since 1970.
    ///   - origin: which process hands it over: empty for the gateway.
    ///   - takenAt: until a pause after this time no other process takes it; seconds since 1970, 0 for any time.
    public func add(
        _ sealed: [UInt8], about subject: [UInt8], until expiry: Int64, from origin: [UInt8], takenAt: Int64
    ) throws(StoreError) {
        try connection.execute(
            "INSERT INTO messages (sealed, expires_at, origin, taken_at, subject) VALUES (?1, ?2, ?3, ?4, ?5)",
            .blob(sealed), .integer(expiry), .blob(origin), .integer(takenAt), .blob(subject))
    }

    /// Takes the oldest message that may be handed over now, and counts the try; nil for none.
    ///
    /// - Parameters:
    ///   - origin: which process asks: its own messages it gets that were never tried.
    ///   - takesOthers: whether it also gets those of others and those that were tried, a pause after they were taken last.
    ///   - pause: seconds; also after the clock was set back.
    ///   - now: seconds since 1970.
    public func takeNext(
        of origin: [UInt8], orOthers takesOthers: Bool, pause: Int64, at now: Int64
    ) throws(StoreError) -> QueuedMessage? {
        try connection.first(
            """
            UPDATE messages SET taken_at = ?1, tries = tries + 1 WHERE id = (
                SELECT id FROM messages WHERE expires_at > ?1
                AND ((origin = ?2 AND tries = 0) OR (?3 = 1 AND abs(?1 - taken_at) >= ?4)) ORDER BY id LIMIT 1)
            RETURNING \(QueuedMessage.columns)
            """, .integer(now), .blob(origin), .flag(takesOthers), .integer(pause), decode: QueuedMessage.init)
    }

    /// Lets the messages of a process be taken again at once, whenever they were taken.
    public func release(of origin: [UInt8]) throws(StoreError) {
        try connection.execute(
            "UPDATE messages SET taken_at = 0 WHERE origin = ?1 AND taken_at <> 0", .blob(origin))
    }

    /// Removes one; false if it is gone already.
    @discardableResult
    public func remove(_ id: Int64) throws(StoreError) -> Bool {
        try connection.execute("DELETE FROM messages WHERE id = ?1", .integer(id)) == 1
    }

    /// Removes all that are about somebody.
    ///
    /// - Parameter subject: a keyed digest of their document.
    public func removeAll(about subject: [UInt8]) throws(StoreError) {
        try connection.execute("DELETE FROM messages WHERE subject = ?1", .blob(subject))
    }

    /// Removes those that are worth nothing any more.
    ///
    /// - Parameter now: seconds since 1970.
    public func removeExpired(at now: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM messages WHERE expires_at < ?1", .integer(now))
    }
}
