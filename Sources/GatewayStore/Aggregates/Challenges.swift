/// What certificates are to sign: each is taken once, by the device that asked for it. Nothing of it is secret.
public struct Challenges<Access: StoreAccess> {
    fileprivate let connection: any SQLConnection
}

extension StoreTransaction {
    /// What certificates are to sign.
    public var challenges: Challenges<Access> { Challenges(connection: connection) }
}

extension Challenges<ReadWrite> {
    /// Keeps what a device is to have signed.
    ///
    /// - Parameters:
    ///   - content: what is to be signed.
    ///   - session: names it.
    ///   - signingKey: the device's, as `sealingKey`.
    ///   - expiry: from when on it can't be taken any more, seconds since 1970.
    public func issue(
        _ content: [UInt8], session: [UInt8], signingKey: [UInt8], sealingKey: [UInt8], until expiry: Int64
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO challenges (session, signing_key, sealing_key, content, expires_at)
            VALUES (?1, ?2, ?3, ?4, ?5)
            """, .blob(session), .blob(signingKey), .blob(sealingKey), .blob(content), .integer(expiry))
    }

    /// Takes what a device was to have signed; nil if there is none of that name and device, or its time is over.
    ///
    /// - Parameter now: seconds since 1970.
    public func take(
        session: [UInt8], signingKey: [UInt8], sealingKey: [UInt8], at now: Int64
    ) throws(StoreError) -> [UInt8]? {
        try connection.first(
            """
            DELETE FROM challenges WHERE session = ?1 AND signing_key = ?2 AND sealing_key = ?3 AND expires_at > ?4
            RETURNING content
            """, .blob(session), .blob(signingKey), .blob(sealingKey), .integer(now)
        ) { $0.blob("content") }
    }

    /// Removes those whose time is over.
    ///
    /// - Parameter now: seconds since 1970.
    public func removeExpired(at now: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM challenges WHERE expires_at < ?1", .integer(now))
    }
}
