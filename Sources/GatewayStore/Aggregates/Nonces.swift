/// Nonces of signed requests: each is taken once. A nonce belongs to its key, so that nobody can use up another's.
public struct Nonces<Access: StoreAccess> {
    fileprivate let connection: any SQLConnection
}

extension StoreTransaction {
    /// Nonces of signed requests.
    public var nonces: Nonces<Access> { Nonces(connection: connection) }
}

extension Nonces {
    /// Bytes of a nonce, at most.
    private static var maximumLength: Int { 64 }

    /// How many nonces of a key are remembered, counted up to `limit`.
    public func count(of key: [UInt8], limit: Int) throws(StoreError) -> Int {
        // The nonces of a key lie behind one another, between the key itself and the next one.
        Int(
            try connection.number(
                """
                SELECT count(*) AS value
                FROM (SELECT 1 FROM nonces WHERE nonce > ?1 AND nonce < ?2 LIMIT ?3) AS some
                """, .blob(key), .blob(key + [UInt8](repeating: 0xFF, count: Self.maximumLength + 1)),
                .integer(Int64(limit))))
    }
}

extension Nonces<ReadWrite> {
    /// Takes a nonce of a key; false if it was taken before.
    ///
    /// - Parameter expiry: until when it is remembered, seconds since 1970.
    public func take(_ nonce: [UInt8], of key: [UInt8], until expiry: Int64) throws(StoreError) -> Bool {
        try connection.execute(
            "INSERT INTO nonces (nonce, expires_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING", .blob(key + nonce),
            .integer(expiry)) == 1
    }

    /// Forgets those that have expired.
    ///
    /// - Parameter now: seconds since 1970.
    public func removeExpired(at now: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM nonces WHERE expires_at < ?1", .integer(now))
    }
}
