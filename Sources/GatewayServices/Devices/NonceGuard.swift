public import GatewayAPI
public import GatewayStore

/// Takes nonces: a signed request is taken once, and nobody fills the disk with them.
public struct NonceGuard: Sendable {
    /// Requests of one key in the time for which a nonce is remembered: three a second.
    public static let noncesPerKey = 2000
    /// Seconds for which a used nonce is remembered: as long as its time would be near enough, and more.
    private static let life = Int64(SignatureParameters.clockTolerance) * 2 + 60
    /// Steps of activations and registrations for each attempt that an address has: most of them only ask how far a call is.
    private static let stepsPerAttempt = 10

    private let database: Database
    private let limiter: RateLimiter
    private let clock: Clock

    public init(_ database: Database, limiter: RateLimiter, clock: Clock) {
        self.database = database
        self.limiter = limiter
        self.clock = clock
    }

    /// Takes a nonce once. Of keys that the gateway does not know, an address has so many: nobody fills the disk with them.
    ///
    /// - Parameter stranger: the address that calls, where the key is nobody's.
    /// - Returns: why the request is refused; nil if it is fresh.
    public func take(
        _ parameters: SignatureParameters, stranger: String? = nil
    ) throws(StoreError) -> Refusal? {
        try database.write { (tx, _) throws(StoreError) in
            if let stranger {
                let wait = try limiter.count(
                    tx, "step", RateLimiter.network(stranger),
                    limit: limiter.limits.attemptsPerAddress * Self.stepsPerAttempt, window: RateLimiter.window)
                if let wait { return Refusal(.tooMany, String(wait)) }
            }
            // The oldest does not make room for a new one: its request could be sent once more then.
            let count = try tx.nonces.count(of: parameters.publicKey, limit: Self.noncesPerKey)
            guard count < Self.noncesPerKey else {
                return Refusal(.tooMany, String(Self.life))
            }
            let isFresh = try tx.nonces.take(
                parameters.nonce, of: parameters.publicKey, until: clock.now() + Self.life)
            return isFresh ? nil : Refusal(.replay)
        }
    }
}
