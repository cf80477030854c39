import ClaveDomain
import Posix

/// Brings a text message on its way.
protocol MessageSender: Sendable {
    /// Hands the message over.
    ///
    /// - Throws: when it could not be handed over; the caller goes on, and says so in the audit.
    func send(_ text: String, to phone: PhoneNumber) throws(SystemError)
}

/// Puts each message in a file of a folder: the sandbox's telephone network.
struct OutboxSender: MessageSender {
    /// Where the files lie.
    let folder: String

    func send(_ text: String, to phone: PhoneNumber) throws(SystemError) {
        try Outbox(folder: folder).put("To: \(phone.text)\n\n\(text)\n")
    }

    /// The newest messages, newest first, at most `limit`.
    func latest(limit: Int) -> [String] { Outbox(folder: folder).latest(limit: limit) }
}
