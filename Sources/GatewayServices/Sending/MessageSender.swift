public import ClaveDomain
public import Posix

/// Brings a text message on its way.
public protocol MessageSender: Sendable {
    /// Hands the message over.
    ///
    /// - Throws: when it could not be handed over; the caller goes on, and says so in the audit.
    func send(_ text: String, to phone: PhoneNumber) throws(SystemError)

    /// Does the work of sending, and sends nothing: what the gateway does after an answer looks alike from outside too.
    func pretend(_ text: String)
}

extension MessageSender {
    public func pretend(_ text: String) {}
}

/// Puts each message in a file of a folder: the sandbox's telephone network.
public struct OutboxSender: MessageSender {
    /// Where the files lie.
    let folder: String

    public init(folder: String) { self.folder = folder }

    public func send(_ text: String, to phone: PhoneNumber) throws(SystemError) {
        try Outbox(folder: folder).put(to: phone.text, "\n\(text)\n")
    }

    public func pretend(_ text: String) { Outbox(folder: folder).pretend(text) }

    /// The newest messages, newest first, at most `limit`.
    public func latest(limit: Int) -> [String] { Outbox(folder: folder).latest(limit: limit) }
}
