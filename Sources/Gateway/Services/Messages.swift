import ClaveDomain
import GatewayServices
import GatewayStore
import Posix
import SecureMemory
import Wire

/// Text messages: written with their cause, and handed over afterwards by a thread of their own.
///
/// A message that was handed over when the gateway was killed may go out twice; none is lost. Its text lies sealed in the
/// database until then, under a key in another file.
extension GatewayServices {
    private static let messageContext = Array("message".utf8)
    /// How often a message is tried to be handed over, a minute between two tries.
    private static let messageTries: Int64 = 5
    private static let messagePause: Int64 = 60
    /// Seconds for which a message that is not about a code is tried.
    private static let noticeLife: Int64 = 86_400

    /// Queues a message, in the caller's write.
    ///
    /// - Parameters:
    ///   - phone: nil for nobody: the same work is done, and nothing is sent.
    ///   - document: whom it is about: it goes with them when they are removed. Nil where the visit does not know.
    ///   - expiry: when the message is worth nothing any more; nil for a day from now.
    func queue(
        _ tx: WriteTransaction, _ text: String, to phone: PhoneNumber?, about document: NationalDocument?,
        until expiry: Int64? = nil, _ effects: inout Effects
    ) throws(StoreError) {
        var writer = ByteWriter()
        writer.put(phone?.text ?? "")
        writer.put(text)
        try tx.messages.add(
            keys.seal(queued: writer.bytes, context: Self.messageContext), about: waitingSubject(document),
            until: expiry ?? now() + Self.noticeLife, from: messageOrigin, takenAt: settings.isCommand ? now() : 0)
        effects.hasMessages = true
    }

    /// What the tables have of whom a waiting message or errand is about.
    func waitingSubject(_ document: NationalDocument?) -> [UInt8] {
        keys.digest(Array((document?.text ?? "").utf8), for: "waiting", of: [])
    }

    /// Hands over the messages that wait. One that was sent but could not be deleted is deleted before any other is sent, so
    /// that nobody gets it twice.
    func sendMessages() throws(StoreError) {
        var done = doneMessages.takeAll()
        while true {
            let last = done
            let next: Waiting?
            do throws(StoreError) {
                next = try store.write { (tx) throws(StoreError) in
                    for message in last { try finish(tx, message) }
                    return try nextMessage(tx)
                }
            } catch {
                doneMessages.add(last)
                throw error
            }
            guard let next else { return }
            done = try handOver(next) ? [SentMessage(id: next.id, phone: next.phone)] : []
        }
    }

    /// Deletes a message that is done with. If its row is gone, and nobody has its phone, its person was removed while it was
    /// handed over: then the sandbox's copy goes too. A row whose time is over has gone as well.
    private func finish(_ tx: WriteTransaction, _ message: SentMessage) throws(StoreError) {
        let isThere = try tx.messages.remove(message.id)
        guard !isThere, let phone = message.phone, try !tx.citizens.isTaken(phone, besides: 0) else { return }
        forgetFiles(to: [phone.text])
    }

    /// Lets messages be sent again at once that a former process had taken: it was killed before it could say so.
    func releaseMessages() throws(StoreError) {
        try store.write { (tx) throws(StoreError) in try tx.messages.release(of: []) }
    }

    // MARK: Steps

    private struct Waiting: Sendable {
        let id: Int64
        let text: String
        /// Nil for nobody.
        let phone: PhoneNumber?
        let isLastTry: Bool
    }

    /// Takes a message: for a minute nobody else does. A command takes its own, once; what it could not send, and what it
    /// left when it was killed, the gateway sends after that minute.
    private func nextMessage(_ tx: WriteTransaction) throws(StoreError) -> Waiting? {
        while true {
            let message = try tx.messages.takeNext(
                of: messageOrigin, orOthers: !settings.isCommand, pause: Self.messagePause, at: now())
            guard let message else { return nil }
            if let (phone, text) = opened(message.sealed) {
                return Waiting(
                    id: message.id, text: text, phone: phone, isLastTry: message.tries >= Self.messageTries)
            }
            try tx.messages.remove(message.id)
        }
    }

    private func opened(_ sealed: [UInt8]) -> (phone: PhoneNumber?, text: String)? {
        guard let bytes = keys.open(queued: sealed, context: Self.messageContext) else { return nil }
        let texts = try? unsafe WireReader.read(bytes.span.bytes) { (reader) throws(WireError) in
            [try reader.text(limit: 32), try reader.text(limit: 1024)]
        }
        guard let texts else { return nil }
        return (try? PhoneNumber(parsing: texts[0]), texts[1])
    }

    /// Whether the message is done with: handed over, or given up.
    private func handOver(_ message: Waiting) throws(StoreError) -> Bool {
        guard let phone = message.phone else {
            sender.pretend(message.text)
            return true
        }
        do throws(SystemError) { try sender.send(message.text, to: phone) } catch {
            let end = message.isLastTry ? ", given up" : ""
            try store.write { (tx) throws(StoreError) in
                try audit(tx, "SMS", subject: phone.masked, outcome: "not handed over: \(error)\(end)")
            }
            return message.isLastTry
        }
        return true
    }
}

/// A message that was handed over.
struct SentMessage: Sendable {
    let id: Int64
    /// Nil for nobody.
    let phone: PhoneNumber?
}
