import ClaveDomain
public import GatewayStore

/// Mails with the link that confirms an e-mail address are queued in the write that causes them; a ``MailDispatcher`` hands
/// them over afterwards.
///
/// Their tokens are made when they are sent, and only a token's digest is kept. A person has one link that works.
public struct EmailQueue: Sendable {
    /// Bytes of a link's token.
    public static let tokenLength = 32
    /// As the audit calls it.
    static let act = "e-mail"

    private let keys: GatewayKeys
    private let clock: Clock
    private let audit: AuditWriter

    public init(keys: GatewayKeys, clock: Clock, audit: AuditWriter) {
        self.keys = keys
        self.clock = clock
        self.audit = audit
    }

    /// Queues a mail, in the caller's write; the person's former link works no more.
    ///
    /// - Parameter person: number of their row.
    public func queue(_ tx: WriteTransaction, to person: Int64, _ effects: inout Effects) throws(StoreError) {
        try tx.emails.queue(to: person, until: clock.now() + ClaveRules.emailCodeLife.wholeSeconds)
        effects.hasPost = true
    }

    /// Queues a new link to the address that waits to be confirmed, in the caller's write.
    public func queueAgain(
        _ tx: WriteTransaction, to person: Citizen, by actor: Actor, _ effects: inout Effects
    ) throws(StoreError) -> ActOutcome {
        guard !person.email.isEmpty, person.emailConfirmedAt == 0 else { return .noEmail }
        try queue(tx, to: person.id, &effects)
        try audit.record(tx, Self.act, subject: person.document.masked, by: actor, outcome: "another link")
        return .done
    }

    /// What is kept of a link's token.
    func digest(_ token: [UInt8]) -> [UInt8] { keys.digest(token, for: "e-mail", of: []) }
}
