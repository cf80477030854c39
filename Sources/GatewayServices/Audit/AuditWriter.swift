public import GatewayStore

/// Adds lines to the audit: what happened, to whom in part, and who did it. Lines are never changed, and chained by hashes,
/// so that a change is found.
public struct AuditWriter: Sendable {
    private let clock: Clock

    public init(clock: Clock) { self.clock = clock }

    /// Adds a line, in the caller's write.
    ///
    /// - Parameters:
    ///   - subject: whom it is about, starred; never a code.
    ///   - address: the network address that asked; an operator's is added by itself.
    ///   - actor: who acts on another's record; nil where people act for themselves.
    public func record(
        _ tx: WriteTransaction, _ act: String, subject: String, address: String = "", by actor: Actor? = nil,
        outcome: String
    ) throws(StoreError) {
        try tx.audit.append(
            AuditLine(
                at: clock.now(), act: act, subject: subject, address: actor?.address ?? address, outcome: outcome,
                actor: actor?.auditText ?? ""))
    }
}
