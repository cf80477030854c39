import DNIeSimulator
import SmartCard

/// A card in a reader, in memory: what a ``CardConnection`` does with T=0 and T=1, and what goes wrong on the way.
final class TestReader: CardChannel {
    /// What goes wrong with one exchange.
    enum Fault: Equatable, Sendable {
        /// The card is gone before the command reaches it.
        case removedBefore
        /// The card has done it, and is gone before it answers.
        case removedAfter
        /// The answer is chance's; nothing that means more to come.
        case garbage
        /// The second half of the answer is missing.
        case truncated
        /// A bit of the answer's first byte is another.
        case flipped
        /// The card says this, and does nothing.
        case status(UInt16)
    }

    let card: TestCard
    let interface: CardInterface
    let memory: CardMemory
    private let log: Log
    private var transport: CardTransport
    private var isIn = true
    private var fault: (place: Int, Fault)?

    /// - Parameter rules: nil for the generation's own.
    init(_ card: TestCard, _ interface: CardInterface = .contact, rules: CardRules? = nil, fault: (Int, Fault)? = nil) {
        let log = Log()
        let memory = CardMemory { [log] counters in
            if counters.pinTries < log.triesLeft { log.tries += 1 }
            log.triesLeft = counters.pinTries
            return true
        }
        (self.card, self.interface, self.log, self.memory) = (card, interface, log, memory)
        var rules = rules ?? CardRules(card.model.generation)
        rules.accessDelay = 0
        let handshake = DNIeHandshake(card.model, interface: interface, rules: rules)!
        transport = CardTransport(
            VirtualCard(card.model, rules: rules, interface: interface, memory: memory, handshake: handshake))
        self.fault = fault
    }

    private final class Log {
        var commands: [[UInt8]] = []
        var triesLeft = CardMemory.pinTries
        var tries = 0
    }

    /// The answer to reset.
    var atr: ATR { ATR(card.model.generation.answerToReset(interface)!)! }

    /// The commands so far, as they went over the wire.
    var commands: [[UInt8]] { log.commands }

    /// The PINs that the card has looked at.
    var tries: Int { log.tries }

    /// Takes the card out and puts it in again; nothing goes wrong any more, and the count begins anew.
    func reinsert(fault: (Int, Fault)? = nil) {
        transport.reset()
        (isIn, self.fault, log.commands) = (true, fault, [])
    }

    /// Takes it out.
    func remove() {
        transport.reset()
        isIn = false
    }

    // MARK: What CardConnection does

    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        guard command.isShort || interface == .contactless else { throw .failed("no extended command in T=0") }
        var answer = try exchangeExactly(command)
        if answer.status >> 8 == 0x61, command.expected == nil, command.header[...1] == [0x00, 0xA4] {
            return ResponseAPDU(status: 0x9000)
        }
        var (data, parts) = (answer.data, 1)
        while answer.status >> 8 == 0x61 {
            parts += 1
            guard parts <= 512 else { throw .malformed }
            answer = try exchangeExactly(CommandAPDU(0x00, 0xC0, 0, 0, expected: Self.length(answer.status)))
            data += answer.data
            guard data.count <= 65_536 else { throw .malformed }
        }
        return ResponseAPDU(data: data, status: answer.status)
    }

    private func exchangeExactly(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        let answer = try exchange(command)
        guard answer.status >> 8 == 0x6C, answer.data.isEmpty, command.data.isEmpty || interface == .contactless else {
            return answer
        }
        return try exchange(Self.command(command, expecting: Self.length(answer.status)))
    }

    private static func length(_ status: UInt16) -> Int { status & 0xFF == 0 ? 256 : Int(status & 0xFF) }

    private static func command(_ command: CommandAPDU, expecting expected: Int?) -> CommandAPDU {
        CommandAPDU(
            command.header[0], command.header[1], command.header[2], command.header[3], data: command.data,
            expected: expected)
    }

    private func exchange(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        guard isIn else { throw .removed }
        let isT0 = interface == .contact
        let command = isT0 && !command.data.isEmpty ? Self.command(command, expecting: nil) : command
        let sent = isT0 && command.bytes.count == 4 ? command.bytes + [0] : command.bytes
        log.commands.append(sent)
        guard let answer = try answer(to: sent), let response = ResponseAPDU(bytes: answer) else { throw .malformed }
        return response
    }

    /// The card's answer, or what is left of it; nil for none.
    private func answer(to sent: [UInt8]) throws(CardError) -> [UInt8]? {
        let fault = fault.flatMap { $0.place == log.commands.count ? $0.1 : nil }
        if case .status(let status) = fault { return [UInt8(status >> 8), UInt8(status & 0xFF)] }
        if fault == .removedBefore {
            remove()
            throw .removed
        }
        var answer = transport.respond(to: sent)
        switch fault {
        case .removedAfter:
            remove()
            throw .removed
        case .garbage: answer = (0..<Int.random(in: 0..<64)).map { _ in .random(in: 0...255) } + [0x90, 0x00]
        case .truncated: answer = Array(answer.prefix(answer.count / 2))
        case .flipped: answer[0] ^= 0x04
        default: break
        }
        return answer
    }
}
