public import SecureMemory
public import SmartCard

/// What is not the same for all readers and cards, or has not been seen on a real card.
public struct CWASettings: Equatable, Sendable {
    /// How the card protects its messages.
    public var generation: CWAGeneration
    /// Whether commands that have data say too that an answer is expected: cards without contact may want it, a reader
    /// of the protocol T=0 never does. The government's driver says it to neither.
    public var saysExpected = false

    public init(generation: CWAGeneration) { self.generation = generation }
}

/// A secure channel to a card, after its handshake.
///
/// The first thing that goes wrong ends it: the keys are wiped, and nothing more is sent. A status that comes without
/// protection is such a thing, whatever it says: the card has dropped the channel, or it is not the card's.
public final class CWAChannel: CardChannel {
    /// Bytes of data that one command carries at the most.
    public static let dataLimit = CWASession.dataLimit

    /// What the channel is for.
    public let role: CWARole

    private let lower: any CardChannel
    private let settings: CWASettings
    private var session: CWASession?

    init(_ session: consuming CWASession, role: CWARole, over lower: any CardChannel, _ settings: CWASettings) {
        self.session = consume session
        (self.role, self.lower, self.settings) = (role, lower, settings)
    }

    /// Whether commands still go through.
    public var isOpen: Bool { session != nil }

    public func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        try unsafe exchange(command, data: command.data.span.bytes)
    }

    /// A command whose data are a secret, as the PIN: they go from their guarded memory into the cipher.
    ///
    /// - Parameter command: without data.
    public func transmit(
        _ command: CommandAPDU, secret: borrowing SecretBytes
    ) throws(CardError) -> ResponseAPDU {
        precondition(command.data.isEmpty)
        return try secret.withBytes { (secret) throws(CardError) in try exchange(command, data: secret) }
    }

    /// Ends the channel in the card too: a command without protection makes it drop the keys and forget the PIN.
    ///
    /// - Throws: if the card can't be reached, or answers with what no open channel does.
    public func close() throws(CardError) {
        guard takeSession() != nil else { return }
        let answer = try lower.cwaAnswer(to: CWACommands.selectMaster)
        let ended: [UInt16] = [0x9000, 0x6688, 0x6987, 0x6988]
        guard ended.contains(answer.status) else { throw .refused(answer.status) }
    }

    /// Forgets the keys, and tells nobody: another channel has taken this one's place.
    func forget() { _ = takeSession() }

    private func exchange(_ command: CommandAPDU, data: RawSpan) throws(CardError) -> ResponseAPDU {
        guard data.byteCount <= Self.dataLimit, command.header[0] & 0x0C == 0, command.expected ?? 0 <= 256 else {
            throw .failed("The command has no room in the card's secure channel.")
        }
        guard var session = takeSession() else { throw .notAuthentic }
        guard let sealed = session.protect(command, data: data, trailing: settings.saysExpected) else {
            throw .failed("The cipher failed.")
        }
        let answer = try lower.cwaAnswer(to: sealed)
        if answer.data.isEmpty && !answer.isSuccess { throw .refused(answer.status) }
        guard let opened = session.open(answer) else { throw .notAuthentic }
        self.session = consume session
        return opened
    }

    /// The session leaves the channel: it comes back only if all goes well.
    private func takeSession() -> CWASession? {
        var taken: CWASession? = nil
        swap(&taken, &session)
        return taken
    }
}

extension CardChannel {
    /// The whole answer, where a reader brings it in parts (61XX): GET RESPONSE goes without protection, and counts
    /// as no message of a channel's.
    func cwaAnswer(to command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        var answer = try transmit(command)
        var data = answer.data
        while answer.status >> 8 == 0x61 {
            let count = Int(answer.status & 0xFF)
            answer = try transmit(CommandAPDU(0x00, 0xC0, 0x00, 0x00, expected: count == 0 ? 256 : count))
            guard !answer.data.isEmpty || answer.status >> 8 != 0x61 else { throw .malformed }
            data += answer.data
            guard data.count <= CWACommands.answerLimit else { throw .malformed }
        }
        guard data.count <= CWACommands.answerLimit else { throw .malformed }
        return ResponseAPDU(data: data, status: answer.status)
    }
}
