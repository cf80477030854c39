public import ClaveDomain
public import Posix

/// A letter by e-mail.
public struct Mail: Equatable, Sendable {
    public let to: EmailAddress
    public let subject: String
    public let text: String

    public init(to: EmailAddress, subject: String, text: String) {
        self.to = to
        self.subject = subject
        self.text = text
    }
}

/// Brings e-mail on its way.
public protocol Mailer: Sendable {
    /// Hands a mail over.
    ///
    /// - Throws: when it could not be handed over; it is tried again later.
    func send(_ mail: Mail) throws(SystemError)
}

/// Puts each mail in a file of a folder: the sandbox's mail network.
public struct OutboxMailer: Mailer {
    private let box: Outbox

    /// - Parameter folder: where the files lie.
    public init(folder: String, limit: Int = Outbox.usualLimit) {
        box = Outbox(folder: folder, limit: limit)
    }

    public func send(_ mail: Mail) throws(SystemError) {
        try box.put(to: mail.to.text, "Subject: \(mail.subject)\n\n\(mail.text)\n")
    }

    /// The newest mails, newest first, at most `limit`.
    public func latest(limit: Int) -> [String] { box.latest(limit: limit) }
}
