import SmartCard

/// What lies between a reader's bytes and the card's commands: the form of commands, and answers in pieces.
///
/// Through the contacts (T=0) a command with data brings its answer by GET RESPONSE, and one without gets at most what it
/// asks for. Over the air (T=1) an answer comes at once as far as it fits.
public struct CardTransport {
    /// Bytes of a command at most: the extended form with a full data field.
    public static let longestCommand = 4 + 3 + CommandAPDU.extendedLimit + 2
    /// Bytes of an answer's piece.
    private static let piece = 256

    public private(set) var card: VirtualCard
    /// What waits for GET RESPONSE; the status that ends it.
    private var waiting: [UInt8] = []
    private var lastStatus: UInt16 = CardStatus.success
    /// Milliseconds that the last answer comes late.
    public private(set) var pause = 0

    /// The transport of a card.
    public init(_ card: VirtualCard) {
        self.card = card
    }

    /// Power on, off, or a reset.
    public mutating func reset() {
        waiting = []
        card.reset()
    }

    /// A command's bytes, and those of the answer.
    public mutating func respond(to bytes: [UInt8]) -> [UInt8] {
        pause = 0
        guard bytes.count <= Self.longestCommand, let command = CommandAPDU(bytes: bytes) else {
            waiting = []
            return ResponseAPDU(status: CardStatus.wrongLength).bytes
        }
        if command.header[...1] == [0x00, 0xC0] { return next(command).bytes }
        let answer = card.respond(to: command)
        pause = card.pause
        return begin(answer, for: command).bytes
    }

    private mutating func begin(_ answer: ResponseAPDU, for command: CommandAPDU) -> ResponseAPDU {
        waiting = []
        if answer.data.isEmpty || answer.data.count <= room(for: command) { return answer }
        waiting = answer.data
        lastStatus = answer.status
        return ResponseAPDU(status: available)
    }

    /// The bytes that may come at once.
    private func room(for command: CommandAPDU) -> Int {
        switch card.interface {
        case .contact: command.data.isEmpty ? min(command.expected ?? 0, Self.piece) : 0
        case .contactless: max(command.expected ?? 0, Self.piece)
        }
    }

    /// GET RESPONSE: the next piece.
    private mutating func next(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.header[2...] == [0, 0], command.data.isEmpty else {
            return ResponseAPDU(status: CardStatus.wrongParameters)
        }
        guard !waiting.isEmpty else { return ResponseAPDU(status: CardStatus.conditionsNotSatisfied) }
        let part = Array(waiting.prefix(min(command.expected ?? Self.piece, Self.piece)))
        waiting.removeFirst(part.count)
        return ResponseAPDU(data: part, status: waiting.isEmpty ? lastStatus : available)
    }

    /// 61 and the bytes that wait; 00 for 256 and more.
    private var available: UInt16 {
        CardStatus.bytesAvailable | UInt16(waiting.count >= Self.piece ? 0 : waiting.count)
    }
}
