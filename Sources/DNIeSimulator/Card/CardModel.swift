/// The generation of a DNIe.
public enum CardGeneration: Int, CaseIterable, Sendable {
    case two = 2
    case three = 3
    case four = 4

    /// Whether certificates are read after the PIN only, and one channel is for everything.
    public var isOld: Bool { self == .two }
}

/// How a card meets a reader.
public enum CardInterface: Sendable {
    /// Through its contacts, in T=0: answers are fetched by GET RESPONSE.
    case contact
    /// Over the air, in T=1.
    case contactless
}

extension CardGeneration {
    /// The answer to reset; nil for a generation that has no antenna.
    public func answerToReset(_ interface: CardInterface) -> [UInt8]? {
        switch (self, interface) {
        case (.two, .contact): Self.contact(0x38, [0x10, 0x02, 0x4C, 0x34, 0x01, 0x13, 0x03])
        case (.three, .contact): Self.contact(0x96, [0x10, 0x01, 0x01, 0x55, 0x04, 0x21, 0x03])
        case (.four, .contact): Self.contact(0x96, [0x20, 0x01, 0x01, 0x55, 0x04, 0x21, 0x03])
        case (.two, .contactless): nil
        case (.three, .contactless):
            [
                0x3B, 0x8C, 0x80, 0x01, 0x50, 0x42, 0x8E, 0x93, 0x2A, 0xE1, 0xF3, 0x5E, 0x11, 0x77, 0x81, 0x81, 0x02,
            ]
        case (.four, .contactless):
            [0x3B, 0x88, 0x80, 0x01, 0xE1, 0xF3, 0x5E, 0x11, 0x77, 0x81, 0xA1, 0x00, 0x03]
        }
    }

    /// `3B 7F TA1 00 00`, "\0jDNIe", maker, chip and system, 9000.
    private static func contact(_ speed: UInt8, _ history: [UInt8]) -> [UInt8] {
        [0x3B, 0x7F, speed, 0x00, 0x00, 0x00, 0x6A] + Array("DNIe".utf8) + history + [0x90, 0x00]
    }
}

/// What a card is told apart by and what it holds, but for its counters.
public struct CardModel: Sendable {
    /// Bytes of the chip's serial number.
    public static let serialLength = 7

    public let generation: CardGeneration
    /// The chip's serial number, ``serialLength`` bytes.
    public let serial: [UInt8]
    /// The document's support number (IDESP).
    public let support: String
    /// The card access number.
    public let can: String
    /// The PIN as it is typed. No secret: the people of the simulator are made up, and it lies in a file beside.
    public let pin: [UInt8]
    /// The files by their identifiers from the master file down.
    public let files: [[UInt16]: CardFile]
    /// The private keys by their references, 1 for authentication and 2 for signatures.
    public let keys: [UInt8: CardKey]
    /// The chip's own key, by which it proves that it is no copy.
    public let componentKey: CardKey

    /// A card.
    ///
    /// - Precondition: the serial number has its length.
    public init(
        generation: CardGeneration, serial: [UInt8], support: String, can: String, pin: [UInt8],
        files: [[UInt16]: CardFile], keys: [UInt8: CardKey], componentKey: CardKey
    ) {
        precondition(serial.count == Self.serialLength)
        self.generation = generation
        self.serial = serial
        self.support = support
        self.can = can
        self.pin = pin
        self.files = files
        self.keys = keys
        self.componentKey = componentKey
    }
}
