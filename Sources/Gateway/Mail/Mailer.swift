import ClaveDomain
import Posix

/// A letter by e-mail.
struct Mail: Equatable, Sendable {
    let to: EmailAddress
    let subject: String
    let text: String
}

/// Brings e-mail on its way.
protocol Mailer: Sendable {
    /// Hands a mail over.
    ///
    /// - Throws: when it could not be handed over; it is tried again later.
    func send(_ mail: Mail) throws(SystemError)
}

/// Puts each mail in a file of a folder: the sandbox's mail network.
struct OutboxMailer: Mailer {
    private let box: Outbox

    /// - Parameter folder: where the files lie.
    init(folder: String, limit: Int = Outbox.usualLimit) {
        box = Outbox(folder: folder, limit: limit)
    }

    func send(_ mail: Mail) throws(SystemError) {
        try box.put(to: mail.to.text, "Subject: \(mail.subject)\n\n\(mail.text)\n")
    }

    /// The newest mails, newest first, at most `limit`.
    func latest(limit: Int) -> [String] { box.latest(limit: limit) }
}
