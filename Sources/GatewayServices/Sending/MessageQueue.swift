public import ClaveDomain
public import GatewayStore
import SecureMemory
import Wire

/// Whose a text message is: a command hands over its own alone, the gateway hands over all that wait.
public struct MessageOrigin: Equatable, Sendable {
    /// As the tables have it: empty for the gateway's, random for a command's.
    let bytes: [UInt8]

    public static let gateway = MessageOrigin(bytes: [])

    /// A command's, which no other has.
    public static func command() -> MessageOrigin { MessageOrigin(bytes: randomBytes(16)) }

    var isCommand: Bool { !bytes.isEmpty }
}

/// Text messages are queued in the write that causes them; a ``MessageDispatcher`` hands them over afterwards.
///
/// Until then a text lies sealed in the database, under a key in another file.
public struct MessageQueue: Sendable {
    private static let context = Array("message".utf8)
    /// Seconds for which a message that is not about a code is tried.
    private static let noticeLife: Int64 = 86_400

    let origin: MessageOrigin
    private let keys: GatewayKeys
    private let clock: Clock

    public init(keys: GatewayKeys, clock: Clock, origin: MessageOrigin) {
        self.keys = keys
        self.clock = clock
        self.origin = origin
    }

    /// Queues a message, in the caller's write.
    ///
    /// - Parameters:
    ///   - phone: nil for nobody: the same work is done, and nothing is sent.
    ///   - document: whom it is about: it goes with them when they are removed. Nil where the visit does not know.
    ///   - expiry: when the message is worth nothing any more, in seconds since 1970; nil for a day from now.
    public func queue(
        _ tx: WriteTransaction, _ text: String, to phone: PhoneNumber?, about document: NationalDocument?,
        until expiry: Int64? = nil, _ effects: inout Effects
    ) throws(StoreError) {
        var writer = ByteWriter()
        writer.put(phone?.text ?? "")
        writer.put(text)
        try tx.messages.add(
            keys.seal(queued: writer.bytes, context: Self.context), about: keys.waitingSubject(document),
            until: expiry ?? clock.now() + Self.noticeLife, from: origin.bytes,
            takenAt: origin.isCommand ? clock.now() : 0)
        effects.hasMessages = true
    }

    /// Opens what ``queue(_:_:to:about:until:_:)`` has sealed; nil for anything else.
    func opened(_ sealed: [UInt8]) -> (phone: PhoneNumber?, text: String)? {
        guard let bytes = keys.open(queued: sealed, context: Self.context) else { return nil }
        let texts = try? unsafe WireReader.read(bytes.span.bytes) { (reader) throws(WireError) in
            [try reader.text(limit: 32), try reader.text(limit: 1024)]
        }
        guard let texts else { return nil }
        return (try? PhoneNumber(parsing: texts[0]), texts[1])
    }
}

extension GatewayKeys {
    /// What the tables have of whom a waiting message or errand is about.
    public func waitingSubject(_ document: NationalDocument?) -> [UInt8] {
        digest(Array((document?.text ?? "").utf8), for: "waiting", of: [])
    }
}
