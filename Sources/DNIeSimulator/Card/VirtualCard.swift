import SecureMemory
public import SmartCard

/// The card itself: a command in, an answer out, and nothing of readers and their protocols.
///
/// What it does and answers is what is published of the DNIe; where nothing is, it answers as ISO/IEC 7816-4 says. No
/// command ends the process, whatever its bytes.
public struct VirtualCard {
    public let model: CardModel
    public let rules: CardRules
    public let interface: CardInterface
    let memory: CardMemory

    /// The place of what is selected: identifiers from the master file down.
    var selected: [UInt16] = []
    /// The key that MSE has set; its reference.
    var chosenKey: UInt8?
    var isVerified = false
    private var layer: any CardLayer = PlainLayer()
    private var handshake: (any CardHandshake)?
    /// Milliseconds that the last answer comes late.
    public private(set) var pause = 0

    /// A card without power yet.
    ///
    /// - Parameters:
    ///   - memory: its counters, where they outlive power; each is kept before a command goes on.
    ///   - handshake: what makes secure channels; without one the card serves in plain.
    public init(
        _ model: CardModel, rules: CardRules, interface: CardInterface = .contact, memory: CardMemory = CardMemory(),
        handshake: (any CardHandshake)? = nil
    ) {
        self.model = model
        self.rules = rules
        self.interface = interface
        self.memory = memory
        self.handshake = handshake
    }

    /// What it has counted.
    public var counters: CardMemory.Counters { memory.counters }

    /// What the commands come through now.
    public var protection: CardProtection { layer.protection }

    /// Power on, off, or a reset: all that the card remembers is its counters.
    public mutating func reset() {
        selected = []
        dropChannel()
    }

    /// A command and its whole answer.
    public mutating func respond(to raw: CommandAPDU) -> ResponseAPDU {
        pause = 0
        switch layer.open(raw) {
        case .broken(let answer):
            dropChannel()
            return answer
        case .command(let command):
            let (memory, protection) = (memory, protection)
            let answer = layer.seal(handshake?.answer(command, in: protection, memory) ?? perform(command))
            pause = handshake?.pause ?? 0
            if let next = handshake?.takeLayer() { layer = next }
            return answer
        }
    }

    private mutating func dropChannel() {
        layer = PlainLayer()
        handshake?.reset()
        isVerified = false
        chosenKey = nil
    }

    private mutating func perform(_ command: CommandAPDU) -> ResponseAPDU {
        let (cla, ins) = (command.header[0] & 0xF3, command.header[1])
        switch (cla, ins) {
        case (0x90, 0xB8): return chipInformation(command)
        case (0x00, 0xA4): return select(command)
        case (0x00, 0xB0): return readBinary(command)
        case (0x00, 0x20): return verify(command)
        case (0x00, 0x22): return manageSecurity(command)
        case (0x00, 0x2A): return performSecurity(command)
        case (0x00, 0x84): return challenge(command)
        case (0x00, _), (0x90, _): return ResponseAPDU(status: CardStatus.unknownInstruction)
        default: return ResponseAPDU(status: CardStatus.unknownClass)
        }
    }

    // MARK: Identity and chance

    /// GET CHIP INFO: the serial number.
    private func chipInformation(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.header[2...] == [0, 0] else { return ResponseAPDU(status: CardStatus.wrongParameters) }
        guard command.data.isEmpty else { return ResponseAPDU(status: CardStatus.wrongLength) }
        // In a channel nothing says "all there is".
        let isOpen = protection != .plain && command.expected == 256
        guard isOpen || command.expected ?? CardModel.serialLength == CardModel.serialLength else {
            return ResponseAPDU(status: CardStatus.exactLength | UInt16(CardModel.serialLength))
        }
        return ResponseAPDU(data: model.serial, status: CardStatus.success)
    }

    /// GET CHALLENGE: 8 or 20 bytes.
    private func challenge(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.header[2...] == [0, 0] else { return ResponseAPDU(status: CardStatus.wrongParameters) }
        guard command.data.isEmpty, let count = command.expected, [8, 20].contains(count) else {
            return ResponseAPDU(status: CardStatus.wrongLength)
        }
        return ResponseAPDU(data: randomBytes(count), status: CardStatus.success)
    }
}
