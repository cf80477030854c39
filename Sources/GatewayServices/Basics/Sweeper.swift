public import GatewayStore

/// Removes what has expired.
public struct Sweeper: Sendable {
    /// Seconds for which an errand that was set aside is kept.
    private static let errandLife: Int64 = 30 * 86_400
    /// Seconds for which a running gateway may not have looked at what a command left for it.
    private static let noticeLife: Int64 = 3600
    /// Seconds for which a visit is kept.
    private static let visitLife: Int64 = 86_400

    private let store: any GatewayStore
    private let clock: Clock
    private let limiter: RateLimiter
    private let outboxes: Outboxes

    public init(_ store: any GatewayStore, clock: Clock, limiter: RateLimiter, outboxes: Outboxes) {
        self.store = store
        self.clock = clock
        self.limiter = limiter
        self.outboxes = outboxes
    }

    /// Removes what has expired. Done once a minute; what was deleted since the last time is gone from the engine's logs too.
    ///
    /// - Returns: false if the clock was set lately, and nothing was removed.
    @discardableResult
    public func sweep() throws(StoreError) -> Bool {
        let now = clock.now()
        guard clock.isBelieved else { return false }
        try store.write { (tx) throws(StoreError) in
            tx.leavesNoTrace()
            try tx.nonces.removeExpired(at: now)
            try limiter.sweep(tx)
            try tx.devices.removeExpiredEvents(at: now)
            try tx.activations.removeExpired(at: now)
            try tx.messages.removeExpired(at: now)
            try tx.errands.removeSetAside(before: now - Self.errandLife)
            try tx.registrations.removeExpired(at: now)
            try tx.emails.removeExpired(at: now)
            try tx.notices.remove(before: now - Self.noticeLife)
            try tx.devices.removeForgotten()
            try tx.challenges.removeExpired(at: now)
            try sweepCalls(tx, at: now)
            try tx.visits.removeAll(begunBefore: now - Self.visitLife)
            // Of a PIN that lets nobody in any more, the digest goes too.
            try tx.visits.removeDeadPINs(at: now)
        }
        outboxes.removeOld(at: now)
        return true
    }

    /// Writes down what time has brought to calls, and forgets what is old: calls that are over, and recordings at which nobody
    /// has looked.
    private func sweepCalls(_ tx: WriteTransaction, at now: Int64) throws(StoreError) {
        try tx.calls.settle(at: Moment(now: now, isCertain: true))
        try tx.calls.expireReviews(endedBefore: now - CallRules.recordingLife)
        try tx.calls.removeOver(endedBefore: now - CallRules.life)
    }
}
