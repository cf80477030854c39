import ClaveDomain
import GatewayServices
import GatewayStore
import SecureMemory

/// Confirming e-mail addresses: a link goes to the address, and the page behind it has a button.
///
/// That a mail waits is written with its cause; its token is made when it is sent, and only the token's digest is kept. A
/// person has one link that works.
extension GatewayServices {
    /// Bytes of a link's token.
    static let emailTokenLength = 32
    /// How often a mail is tried to be handed over: an hour long, once a minute.
    private static let mailTries = 60
    private static let emailAct = "e-mail"

    /// A mail that waits for ``sendMails()``; the person's former link works no more.
    func queueMail(_ tx: WriteTransaction, to person: Int64) throws(StoreError) {
        try tx.emails.queue(to: person, until: now() + ClaveRules.emailCodeLife.wholeSeconds)
    }

    /// Sends a new link to the address that waits to be confirmed.
    func resendMail(
        to document: NationalDocument, version: Int64? = nil, by actor: Actor
    ) throws(StoreError) -> ActOutcome {
        try act(by: actor, on: document, version: version) { (tx, person, effects) throws(StoreError) in
            guard !person.email.isEmpty, person.emailConfirmedAt == 0 else { return .noEmail }
            try queueMail(tx, to: person.id)
            try audit(tx, Self.emailAct, subject: document.masked, by: actor, outcome: "another link")
            effects.hasPost = true
            return .done
        }
    }

    /// Sends the mails that wait for it, each with a token of its own. Where one was sent but the disk could not record that,
    /// it is recorded before any other is sent: so nobody gets a second mail, whose link would end the first one's.
    func sendMails() throws(StoreError) {
        guard let mailer else { return }
        try record(doneMails.takeAll())
        while let waiting = try store.write({ (tx) throws(StoreError) in try nextMail(tx) }) {
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
                    person: waiting.person.id, document: waiting.person.document, token: digest(waiting.token),
                    address: waiting.mail.to.text)
            ])
        }
    }

    /// Records mails as sent; those of which the disk can't record it are kept for the next time.
    private func record(_ mails: [SentMail]) throws(StoreError) {
        for (index, mail) in mails.enumerated() {
            do throws(StoreError) { try record(mail) } catch {
                doneMails.add(Array(mails[index...]))
                throw error
            }
        }
    }

    // MARK: The link

    /// The address that a link's token confirms; nil if it works no more.
    func emailAwaiting(_ token: [UInt8]) throws(StoreError) -> EmailAddress? {
        try store.read { (tx) throws(StoreError) in try awaiting(tx, token)?.email }
    }

    /// Confirms the address of a link's token; nil if it works no more.
    func confirmEmail(_ token: [UInt8], address: String) throws(StoreError) -> EmailAddress? {
        try store.write { (tx) throws(StoreError) in
            guard let (person, email) = try awaiting(tx, token) else { return nil }
            try tx.citizens.confirmEmail(of: person.id, at: now())
            try tx.emails.remove(of: person.id)
            try audit(
                tx, Self.emailAct, subject: person.document.masked, address: address, outcome: "confirmed")
            return email
        }
    }

    private func awaiting(
        _ tx: StoreTransaction<some StoreAccess>, _ token: [UInt8]
    ) throws(StoreError) -> (person: Citizen, email: EmailAddress)? {
        guard token.count == Self.emailTokenLength else { return nil }
        guard let sent = try tx.emails.find(token: digest(token), at: now()),
            let person = try tx.citizens.find(id: sent.citizen),
            let email = try? EmailAddress(parsing: person.email)
        else { return nil }
        return (person, email)
    }

    private func digest(_ token: [UInt8]) -> [UInt8] { keys.digest(token, for: "e-mail", of: []) }

    // MARK: Sending

    private struct Waiting: Sendable {
        let person: Citizen
        let token: [UInt8]
        let mail: Mail
    }

    private func nextMail(_ tx: WriteTransaction) throws(StoreError) -> Waiting? {
        guard let next = try tx.emails.nextToSend(at: now()) else { return nil }
        let token = randomBytes(Self.emailTokenLength)
        guard let person = try tx.citizens.find(id: next.citizen),
            let email = try? EmailAddress(parsing: person.email)
        else {
            try tx.emails.remove(of: next.citizen)
            return nil
        }
        try tx.emails.beginTry(
            to: person.id, token: digest(token), until: now() + ClaveRules.emailCodeLife.wholeSeconds)
        return Waiting(person: person, token: token, mail: mail(to: email, person.language, token))
    }

    private func mail(to email: EmailAddress, _ language: String, _ token: [UInt8]) -> Mail {
        let texts = Texts(language: language)
        let link = "\(settings.origin)/email/\(base64URL(token))"
        return Mail(
            to: email, subject: texts.confirmationSubject,
            text: texts.confirmationText(link) + "\n\n" + texts.confirmationNote)
    }

    private func record(_ mail: SentMail) throws(StoreError) {
        try store.write { (tx) throws(StoreError) in
            // Not if another mail was asked for meanwhile.
            try tx.emails.setSent(to: mail.person, token: mail.token, at: max(1, now()))
            // Whoever was removed while it was handed over has no file any more.
            if try tx.citizens.find(mail.document) == nil { outboxes.forget([mail.address]) }
            try audit(tx, Self.emailAct, subject: mail.document.masked, outcome: "link sent")
        }
    }

    private func mailFailed(_ waiting: Waiting, _ why: String) throws(StoreError) {
        try store.write { (tx) throws(StoreError) in
            let isGivenUp = try tx.emails.giveUp(to: waiting.person.id, afterTries: Self.mailTries)
            let end = isGivenUp ? ", given up" : ""
            try audit(tx, Self.emailAct, subject: waiting.person.document.masked, outcome: why + end)
        }
    }
}

/// A mail that was handed over.
struct SentMail: Sendable {
    let person: Int64
    let document: NationalDocument
    /// The digest of its link's token.
    let token: [UInt8]
    let address: String
}
