import ClaveDomain
public import GatewayStore
import Posix

/// Hands over the text messages that wait.
///
/// A message that was handed over when the gateway was killed may go out twice; none is lost.
public final class MessageDispatcher: Sendable {
    /// How often a message is tried to be handed over, a minute between two tries.
    private static let tries: Int64 = 5
    private static let pause: Int64 = 60

    private let store: any GatewayStore
    private let queue: MessageQueue
    private let sender: any MessageSender
    private let clock: Clock
    private let audit: AuditWriter
    private let outboxes: Outboxes
    /// What was handed over while the disk could not record it.
    private let done = Kept<SentMessage>()

    /// - Parameters:
    ///   - queue: where the messages wait.
    ///   - sender: brings them on their way.
    ///   - outboxes: what the sandbox has sent.
    public init(
        _ store: any GatewayStore, queue: MessageQueue, sender: any MessageSender, clock: Clock, audit: AuditWriter,
        outboxes: Outboxes
    ) {
        self.store = store
        self.queue = queue
        self.sender = sender
        self.clock = clock
        self.audit = audit
        self.outboxes = outboxes
    }

    /// Hands over the messages that wait. One that was sent but could not be deleted is deleted before any other is sent, so
    /// that nobody gets it twice.
    public func sendMessages() throws(StoreError) {
        var done = self.done.takeAll()
        while true {
            let last = done
            let next: Waiting?
            do throws(StoreError) {
                next = try store.write { (tx) throws(StoreError) in
                    for message in last { try finish(tx, message) }
                    return try nextMessage(tx)
                }
            } catch {
                self.done.add(last)
                throw error
            }
            guard let next else { return }
            done = try handOver(next) ? [SentMessage(id: next.id, phone: next.phone)] : []
        }
    }

    /// Lets messages be sent again at once that a former process had taken: it was killed before it could say so.
    public func release() throws(StoreError) {
        try store.write { (tx) throws(StoreError) in try tx.messages.release(of: MessageOrigin.gateway.bytes) }
    }

    // MARK: Steps

    /// A message that was handed over.
    private struct SentMessage: Sendable {
        let id: Int64
        /// Nil for nobody.
        let phone: PhoneNumber?
    }

    private struct Waiting: Sendable {
        let id: Int64
        let text: String
        /// Nil for nobody.
        let phone: PhoneNumber?
        let isLastTry: Bool
    }

    /// Deletes a message that is done with. If its row is gone, and nobody has its phone, its person was removed while it was
    /// handed over: then the sandbox's copy goes too. A row whose time is over has gone as well.
    private func finish(_ tx: WriteTransaction, _ message: SentMessage) throws(StoreError) {
        let isThere = try tx.messages.remove(message.id)
        guard !isThere, let phone = message.phone, try !tx.citizens.isTaken(phone, besides: 0) else { return }
        outboxes.forget([phone.text])
    }

    /// Takes a message: for a minute nobody else does. A command takes its own, once; what it could not send, and what it
    /// left when it was killed, the gateway sends after that minute.
    private func nextMessage(_ tx: WriteTransaction) throws(StoreError) -> Waiting? {
        while true {
            let message = try tx.messages.takeNext(
                of: queue.origin.bytes, orOthers: !queue.origin.isCommand, pause: Self.pause, at: clock.now())
            guard let message else { return nil }
            if let (phone, text) = queue.opened(message.sealed) {
                return Waiting(id: message.id, text: text, phone: phone, isLastTry: message.tries >= Self.tries)
            }
            try tx.messages.remove(message.id)
        }
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
                try audit.record(tx, "SMS", subject: phone.masked, outcome: "not handed over: \(error)\(end)")
            }
            return message.isLastTry
        }
        return true
    }
}
