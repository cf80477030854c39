import SecureMemory
import SecureMessaging
import SmartCard

/// A card with its certificates, which keeps what came to it and forgets the PIN when a channel ends.
final class TestCard: CardChannel, CWACardApplication {
    /// The published keys of the terminal, with the test's own root of cards.
    static func keySet(_ published: CWAKeySet = .second) -> CWAKeySet {
        var set = published
        set.cardRoot = TestKeys.shared.root.publicKey
        return set
    }

    static let serial: [UInt8] = [0, 1, 2, 3, 4, 5, 6]
    static let pin = Array("Pin12345".utf8)

    var files: [[UInt8]: [UInt8]]
    /// Changes what goes to the card and what comes from it, by its place.
    var changeCommand: (Int, CommandAPDU) -> CommandAPDU = { $1 }
    var change: (Int, ResponseAPDU) -> ResponseAPDU = { $1 }
    /// How many bytes of an answer come at once, as a reader of T=0 has it; the rest by GET RESPONSE.
    var part: Int?
    /// All that came, as it was on the wire, and what of it the application got.
    private(set) var sent: [CommandAPDU] = []
    private(set) var received: [(CommandAPDU, CWARole?)] = []
    private(set) var isVerified = false
    var role: CWARole? { card.role }

    private var card: CWACard!
    private var selected: [UInt8] = []
    private var rest: [UInt8] = []
    private var status: UInt16 = 0

    init(
        _ published: CWAKeySet = .second, _ generation: CWAGeneration = .third, key: TestKey = TestKeys.shared.card,
        randoms: @escaping () -> CWARandoms = { .fresh() }
    ) {
        let keys = TestKeys.shared
        files = [
            [0x60, 0x20]: keys.root.certificate(of: keys.authority, in: published),
            [0x60, 0x1F]: keys.authority.certificate(of: keys.card),
        ]
        card = CWACard(
            serial: Self.serial, key: key.privateKey(), keySet: Self.keySet(published), generation: generation,
            application: self, randoms: randoms)
    }

    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        if part != nil, command.header == [0, 0xC0, 0, 0] { return nextPart() }
        let place = sent.count
        sent.append(command)
        let answer = change(place, card.respond(to: changeCommand(place, command)))
        guard let part, answer.data.count > part else { return answer }
        (rest, status) = (answer.data, answer.status)
        return ResponseAPDU(status: 0x6100 | UInt16(min(part, 256) & 0xFF))
    }

    private func nextPart() -> ResponseAPDU {
        let data = Array(rest.prefix(part!))
        rest.removeFirst(data.count)
        let left = min(rest.count, part!, 256)
        return ResponseAPDU(data: data, status: rest.isEmpty ? status : 0x6100 | UInt16(left & 0xFF))
    }

    func respond(to command: CommandAPDU, within role: CWARole?) -> ResponseAPDU {
        received.append((command, role))
        switch command.header[1] {
        case 0xA4:
            selected = command.data
            return ResponseAPDU(status: 0x9000)
        case 0xB0: return read(Int(command.header[2]) << 8 | Int(command.header[3]), command.expected ?? 0)
        case 0x20:
            isVerified = command.data == Self.pin && role != nil
            return ResponseAPDU(status: isVerified ? 0x9000 : 0x63C2)
        // An echo.
        case 0xCA: return ResponseAPDU(data: command.data, status: 0x9000)
        default: return ResponseAPDU(status: 0x6D00)
        }
    }

    private func read(_ place: Int, _ count: Int) -> ResponseAPDU {
        guard let file = files[selected] else { return ResponseAPDU(status: 0x6A82) }
        guard place < file.count else { return ResponseAPDU(status: 0x6B00) }
        return ResponseAPDU(data: Array(file[place..<min(file.count, place + count)]), status: 0x9000)
    }

    func channelEnded() { isVerified = false }

    /// The card loses its power for a moment.
    func reset() { card.reset() }
}

extension CWATerminal {
    /// One that knows the test's root of cards.
    static func test(_ published: CWAKeySet = .second, _ generation: CWAGeneration = .third) -> CWATerminal {
        CWATerminal(CWASettings(generation: generation), keySets: [TestCard.keySet(published)])
    }

    /// A channel to a card in the plain.
    func opened(
        _ role: CWARole = .user, to card: TestCard, randoms: consuming CWARandoms = .fresh()
    ) throws(CWAFailure) -> CWAChannel {
        try open(role, to: try identify(through: card), through: card, over: card, randoms: randoms)
    }
}

extension CommandAPDU {
    /// An echo.
    static func echo(_ data: [UInt8]) -> CommandAPDU { CommandAPDU(0, 0xCA, 0, 0, data: data, expected: 256) }

    /// The command with one bit of its header or data changed.
    func flipped(_ bit: Int) -> CommandAPDU {
        var bytes = header + data
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return CommandAPDU(bytes[0], bytes[1], bytes[2], bytes[3], data: Array(bytes[4...]), expected: expected)
    }
}

extension ResponseAPDU {
    /// The answer with one bit of its data or status changed.
    func flipped(_ bit: Int) -> ResponseAPDU {
        var bytes = bytes
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return ResponseAPDU(bytes: bytes)!
    }
}
