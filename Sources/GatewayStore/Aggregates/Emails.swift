/// An e-mail with a link that waits to be sent, or to be followed; a person has one at most.
public struct PendingEmail: Equatable, Sendable {
    /// The person's row number.
    public let citizen: Int64
    /// A keyed digest of the link's token; empty as long as there was no try to send it.
    public let token: [UInt8]
    /// How often it was tried to hand it over.
    public let tries: Int
    /// When it was handed over, seconds since 1970; 0: not yet.
    public let sentAt: Int64
    /// Until when the link works, seconds since 1970.
    public let expiresAt: Int64

    init(_ row: any SQLRow) {
        citizen = row.integer("citizen")
        token = row.blob("token")
        tries = Int(row.integer("tries"))
        sentAt = row.integer("sent_at")
        expiresAt = row.integer("expires_at")
    }
}

/// E-mails that confirm addresses.
public struct Emails<Access: StoreAccess> {
    fileprivate let connection: any SQLConnection
}

extension StoreTransaction {
    /// E-mails that confirm addresses.
    public var emails: Emails<Access> { Emails(connection: connection) }
}

extension Emails {
    private static var columns: String { "SELECT citizen, token, tries, sent_at, expires_at FROM emails" }

    /// The e-mail whose link has this token, if it still works.
    ///
    /// - Parameters:
    ///   - token: the keyed digest.
    ///   - now: seconds since 1970.
    public func find(token: [UInt8], at now: Int64) throws(StoreError) -> PendingEmail? {
        try connection.first(
            "\(Self.columns) WHERE token = ?1 AND expires_at > ?2", .blob(token), .integer(now),
            decode: PendingEmail.init)
    }

    /// The e-mail that is to be sent next.
    ///
    /// - Parameter now: seconds since 1970.
    public func nextToSend(at now: Int64) throws(StoreError) -> PendingEmail? {
        try connection.first(
            "\(Self.columns) WHERE sent_at = 0 AND expires_at > ?1 ORDER BY expires_at LIMIT 1", .integer(now),
            decode: PendingEmail.init)
    }
}

extension Emails<ReadWrite> {
    /// Has an e-mail sent to a person; their former link works no more.
    ///
    /// - Parameter expiry: until when it may be sent, seconds since 1970.
    public func queue(to citizen: Int64, until expiry: Int64) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO emails (citizen, token, tries, sent_at, expires_at) VALUES (?1, NULL, 0, 0, ?2)
            ON CONFLICT (citizen) DO UPDATE SET token = NULL, tries = 0, sent_at = 0, expires_at = excluded.expires_at
            """, .integer(citizen), .integer(expiry))
    }

    /// Notes that an e-mail is about to be handed over.
    ///
    /// - Parameters:
    ///   - token: the keyed digest of its link's.
    ///   - expiry: until when the link works, seconds since 1970.
    public func beginTry(to citizen: Int64, token: [UInt8], until expiry: Int64) throws(StoreError) {
        try connection.execute(
            "UPDATE emails SET token = ?1, tries = tries + 1, expires_at = ?2 WHERE citizen = ?3", .blob(token),
            .integer(expiry), .integer(citizen))
    }

    /// Notes that an e-mail was handed over, if no other was asked for meanwhile.
    ///
    /// - Parameters:
    ///   - token: the keyed digest of its link's.
    ///   - now: seconds since 1970, and not 0.
    public func setSent(to citizen: Int64, token: [UInt8], at now: Int64) throws(StoreError) {
        try connection.execute(
            "UPDATE emails SET sent_at = ?1 WHERE citizen = ?2 AND token = ?3", .integer(now), .integer(citizen),
            .blob(token))
    }

    /// Gives an e-mail up that was tried so often; false if it may be tried again.
    public func giveUp(to citizen: Int64, afterTries tries: Int) throws(StoreError) -> Bool {
        try connection.execute(
            "DELETE FROM emails WHERE citizen = ?1 AND tries >= ?2", .integer(citizen), .integer(Int64(tries))) == 1
    }

    /// Removes a person's e-mail: its link works no more.
    public func remove(of citizen: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM emails WHERE citizen = ?1", .integer(citizen))
    }

    /// Removes those whose time is over.
    ///
    /// - Parameter now: seconds since 1970.
    public func removeExpired(at now: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM emails WHERE expires_at < ?1", .integer(now))
    }
}
