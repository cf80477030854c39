public import ClaveDomain
public import GatewayStore

/// Confirming e-mail addresses: a link goes to the address, and the page behind it has a button.
public struct EmailService: Sendable {
    private let database: Database
    private let queue: EmailQueue
    private let clock: Clock
    private let audit: AuditWriter

    public init(_ database: Database, queue: EmailQueue, clock: Clock, audit: AuditWriter) {
        self.database = database
        self.queue = queue
        self.clock = clock
        self.audit = audit
    }

    /// The address that a link's token confirms; nil if it works no more.
    public func awaiting(_ token: [UInt8]) throws(StoreError) -> EmailAddress? {
        try database.read { (tx) throws(StoreError) in try awaiting(tx, token)?.email }
    }

    /// Confirms the address of a link's token; nil if it works no more.
    ///
    /// - Parameter address: the network address of the browser.
    public func confirm(_ token: [UInt8], address: String) throws(StoreError) -> EmailAddress? {
        try database.write { (tx, _) throws(StoreError) in
            guard let (person, email) = try awaiting(tx, token) else { return nil }
            try tx.citizens.confirmEmail(of: person.id, at: clock.now())
            try tx.emails.remove(of: person.id)
            try audit.record(
                tx, EmailQueue.act, subject: person.document.masked, address: address, outcome: "confirmed")
            return email
        }
    }

    private func awaiting(
        _ tx: StoreTransaction<some StoreAccess>, _ token: [UInt8]
    ) throws(StoreError) -> (person: Citizen, email: EmailAddress)? {
        guard token.count == EmailQueue.tokenLength else { return nil }
        guard let sent = try tx.emails.find(token: queue.digest(token), at: clock.now()),
            let person = try tx.citizens.find(id: sent.citizen),
            let email = try? EmailAddress(parsing: person.email)
        else { return nil }
        return (person, email)
    }
}
