import ClaveDomain
public import GatewayStore
import SecureMemory

/// Hands over the mails that wait (``EmailQueue``).
public struct MailDispatcher: Sendable {
    /// How often a mail is tried to be handed over: an hour long, once a minute.
    private static let tries = 60

    private let database: Database
    private let queue: EmailQueue
    private let mailer: any Mailer
    private let origin: String
    private let clock: Clock
    private let audit: AuditWriter
    private let outboxes: Outboxes
    /// What was handed over while the disk could not record it.
    private let done = Kept<SentMail>()

    /// - Parameter origin: the gateway's, to which links lead.
    public init(
        _ database: Database, queue: EmailQueue, mailer: any Mailer, origin: String, clock: Clock,
        audit: AuditWriter, outboxes: Outboxes
    ) {
        self.database = database
        self.queue = queue
        self.mailer = mailer
        self.origin = origin
        self.clock = clock
        self.audit = audit
        self.outboxes = outboxes
    }

    /// A mail that was handed over.
    private struct SentMail: Sendable {
        let person: Int64
        let document: NationalDocument
        /// The digest of its link's token.
        let token: [UInt8]
        let address: String
    }

    private struct Waiting: Sendable {
        let person: Citizen
        let token: [UInt8]
        let mail: Mail
    }

    /// Sends the mails that wait for it, each with a token of its own. Where one was sent but the disk could not record that,
    /// it is recorded before any other is sent: so nobody gets a second mail, whose link would end the first one's.
    public func sendMails() throws(StoreError) {
        try record(done.takeAll())
        while let waiting = try database.write({ (tx, _) throws(StoreError) in try nextMail(tx) }) {
            var isSent = false
            do {
                try mailer.send(waiting.mail)
                isSent = true
            } catch {
                try mailFailed(waiting, "not handed over: \(error)")
            }
            // What could not be sent waits until somebody looks again.
            guard isSent else { return }
            try record([
                SentMail(
                    person: waiting.person.id, document: waiting.person.document, token: queue.digest(waiting.token),
                    address: waiting.mail.to.text)
            ])
        }
    }

    // MARK: What is sent

    private func nextMail(_ tx: WriteTransaction) throws(StoreError) -> Waiting? {
        guard let next = try tx.emails.nextToSend(at: clock.now()) else { return nil }
        let token = randomBytes(EmailQueue.tokenLength)
        guard let person = try tx.citizens.find(id: next.citizen),
            let email = try? EmailAddress(parsing: person.email)
        else {
            try tx.emails.remove(of: next.citizen)
            return nil
        }
        try tx.emails.beginTry(
            to: person.id, token: queue.digest(token), until: clock.now() + ClaveRules.emailCodeLife.wholeSeconds)
        return Waiting(person: person, token: token, mail: mail(to: email, person.language, token))
    }

    private func mail(to email: EmailAddress, _ language: String, _ token: [UInt8]) -> Mail {
        let texts = Texts(language: language)
        let link = "\(origin)/email/\(base64URL(token))"
        return Mail(
            to: email, subject: texts.confirmationSubject,
            text: texts.confirmationText(link) + "\n\n" + texts.confirmationNote)
    }

    // MARK: What came of it

    /// Records mails as sent; those of which the disk can't record it are kept for the next time.
    private func record(_ mails: [SentMail]) throws(StoreError) {
        for (index, mail) in mails.enumerated() {
            do throws(StoreError) { try record(mail) } catch {
                done.add(Array(mails[index...]))
                throw error
            }
        }
    }

    private func record(_ mail: SentMail) throws(StoreError) {
        try database.write { (tx, _) throws(StoreError) in
            // Not if another mail was asked for meanwhile.
            try tx.emails.setSent(to: mail.person, token: mail.token, at: max(1, clock.now()))
            // Whoever was removed while it was handed over has no file any more.
            if try tx.citizens.find(mail.document) == nil { outboxes.forget([mail.address]) }
            try audit.record(tx, EmailQueue.act, subject: mail.document.masked, outcome: "link sent")
        }
    }

    private func mailFailed(_ waiting: Waiting, _ why: String) throws(StoreError) {
        try database.write { (tx, _) throws(StoreError) in
            let isGivenUp = try tx.emails.giveUp(to: waiting.person.id, afterTries: Self.tries)
            let end = isGivenUp ? ", given up" : ""
            try audit.record(tx, EmailQueue.act, subject: waiting.person.document.masked, outcome: why + end)
        }
    }
}
