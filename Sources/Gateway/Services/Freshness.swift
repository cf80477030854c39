import GatewayAPI
import GatewayServices
import GatewayStore

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
        try store.write { (tx) throws(StoreError) in
            if let stranger {
                let wait = try limiter.count(
                    tx, "step", RateLimiter.network(stranger),
                    limit: settings.limits.attemptsPerAddress * Self.stepsPerAttempt, window: RateLimiter.window)
                if let wait { return Refusal(.tooMany, String(wait)) }
            }
            // The oldest does not make room for a new one: its request could be sent once more then.
            let count = try tx.nonces.count(of: parameters.publicKey, limit: Self.noncesPerKey)
            guard count < Self.noncesPerKey else {
                return Refusal(.tooMany, String(Self.nonceLife))
            }
            let isFresh = try tx.nonces.take(
                parameters.nonce, of: parameters.publicKey, until: now() + Self.nonceLife)
            return isFresh ? nil : Refusal(.replay)
        }
    }

    /// Requests of one key in the time for which a nonce is remembered: three a second.
    static let noncesPerKey = 2000

    /// Steps of activations and registrations for each attempt that an address has: most of them only ask how far a call is.
    private static let stepsPerAttempt = 10
}
