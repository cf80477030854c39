/// Activations by a code in a text message that are under way. Of the code there is a keyed digest only.
public struct Activations<Access: StoreAccess> {
    fileprivate let connection: any SQLConnection
}

extension StoreTransaction {
    /// Activations by text message.
    public var activations: Activations<Access> { Activations(connection: connection) }
}

/// An activation by text message that is under way.
public struct PendingActivation: Equatable, Sendable {
    /// Names it.
    public let session: [UInt8]
    /// The device's.
    public let signingKey: [UInt8]
    /// Row number of the person to whom the code was sent; nil as long as none was, or if it was voided.
    public let citizen: Int64?
    /// A keyed digest of the code.
    public let code: [UInt8]
    public let triesLeft: Int
    /// Seconds since 1970.
    public let expiresAt: Int64

    public init(
        session: [UInt8], signingKey: [UInt8], citizen: Int64? = nil, code: [UInt8], triesLeft: Int, expiresAt: Int64
    ) {
        self.session = session
        self.signingKey = signingKey
        self.citizen = citizen
        self.code = code
        self.triesLeft = triesLeft
        self.expiresAt = expiresAt
    }

    fileprivate init(_ row: any SQLRow) {
        session = row.blob("session")
        signingKey = row.blob("signing_key")
        citizen = row.optionalInteger("citizen")
        code = row.blob("code")
        triesLeft = Int(clamping: row.integer("tries_left"))
        expiresAt = row.integer("expires_at")
    }
}

extension Activations {
    /// The activation of a name; nil if there is none, or its time is over.
    ///
    /// - Parameter now: seconds since 1970.
    public func activation(_ session: [UInt8], at now: Int64) throws(StoreError) -> PendingActivation? {
        try connection.first(
            """
            SELECT session, signing_key, citizen, code, tries_left, expires_at FROM activations
            WHERE session = ?1 AND expires_at > ?2
            """, .blob(session), .integer(now), decode: PendingActivation.init)
    }
}

extension Activations<ReadWrite> {
    /// Begins one.
    public func begin(_ activation: PendingActivation) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO activations (session, signing_key, citizen, code, tries_left, expires_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """, .blob(activation.session), .blob(activation.signingKey), .integer(activation.citizen),
            .blob(activation.code), .integer(Int64(activation.triesLeft)), .integer(activation.expiresAt))
    }

    /// Makes one a person's: the code was sent to them. Their others are void.
    public func bind(_ session: [UInt8], to citizen: Int64) throws(StoreError) {
        try void(of: citizen)
        try connection.execute(
            "UPDATE activations SET citizen = ?1 WHERE session = ?2", .integer(citizen), .blob(session))
    }

    /// Makes all of a person nobody's: from then on each is answered as one for wrong data is.
    public func void(of citizen: Int64) throws(StoreError) {
        try connection.execute("UPDATE activations SET citizen = NULL WHERE citizen = ?1", .integer(citizen))
    }

    /// Counts a wrong code.
    ///
    /// - Returns: tries that are left; 0 also where there is no such activation.
    public func countWrongCode(_ session: [UInt8]) throws(StoreError) -> Int {
        let left = try connection.first(
            """
            UPDATE activations SET tries_left = tries_left - 1 WHERE session = ?1 AND tries_left > 0
            RETURNING tries_left
            """, .blob(session)
        ) { Int(clamping: $0.integer("tries_left")) }
        return left ?? 0
    }

    /// Removes one.
    public func remove(_ session: [UInt8]) throws(StoreError) {
        try connection.execute("DELETE FROM activations WHERE session = ?1", .blob(session))
    }

    /// Removes all of a person.
    public func removeAll(of citizen: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM activations WHERE citizen = ?1", .integer(citizen))
    }

    /// Removes those whose time is over.
    ///
    /// - Parameter now: seconds since 1970.
    public func removeExpired(at now: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM activations WHERE expires_at < ?1", .integer(now))
    }
}
