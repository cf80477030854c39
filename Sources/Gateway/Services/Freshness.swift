import GatewayAPI

/// Nonces: a signed request is taken once, and nobody fills the disk with them.
extension GatewayServices {
    /// Seconds for which a used nonce is remembered: as long as its time would be near enough, and more.
    private static let nonceLife = Int64(SignatureParameters.clockTolerance) * 2 + 60

    /// Takes a nonce once. Of keys that the gateway does not know, an address has so many: nobody fills the disk with them.
    ///
    /// - Parameter stranger: the address that calls, where the key is nobody's.
    func freshness(
        _ parameters: SignatureParameters, stranger: String? = nil
    ) throws(StoreError) -> Refusal? {
        try store.write { (database) throws(StoreError) in
            if let stranger {
                let wait = try count(
                    database, "step", Self.network(stranger),
                    limit: settings.attemptsPerAddress * Self.stepsPerAttempt, window: Self.attemptWindow)
                if let wait { return Refusal(.tooMany, String(wait)) }
            }
            guard try noncesAreLeft(database, parameters.publicKey) else {
                return Refusal(.tooMany, String(Self.nonceLife))
            }
            // The key belongs to the nonce: nobody can use up another's.
            try database.run(
                "INSERT OR IGNORE INTO nonces (nonce, expires_at) VALUES (?, ?)",
                .blob(parameters.publicKey + parameters.nonce), .integer(now() + Self.nonceLife))
            return database.changes == 1 ? nil : Refusal(.replay)
        }
    }

    /// Requests of one key in the time for which a nonce is remembered: three a second.
    static let noncesPerKey = 2000

    /// Whether a key has nonces left. The oldest does not make room for a new one: its request could be sent once more then.
    private func noncesAreLeft(_ database: Database, _ key: [UInt8]) throws(StoreError) -> Bool {
        // The nonces of a key lie behind one another, between the key itself and the next one.
        let kept = try database.run(
            "SELECT count(*) FROM (SELECT 1 FROM nonces WHERE nonce > ? AND nonce < ? LIMIT ?)", .blob(key),
            .blob(key + [UInt8](repeating: 0xFF, count: GatewayLimits.identifier + 1)),
            .integer(Int64(Self.noncesPerKey)))
        return kept[0].integer(0) < Int64(Self.noncesPerKey)
    }

    /// Steps of activations and registrations for each attempt that an address has: most of them only ask how far a call is.
    private static let stepsPerAttempt = 10
}
