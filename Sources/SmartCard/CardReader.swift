import CPCSC

/// A reader and what is in it, at one moment.
public struct CardReader: Equatable, Sendable {
    /// What there is in a reader.
    public enum Card: Equatable, Sendable {
        case none
        /// A card and its answer to reset; nil for one of no known form.
        case present(ATR?)
        /// A card that does not answer.
        case mute
        /// The reader's driver does not say; it may be on its way out.
        case unavailable
    }

    /// The service's name for it, which tells readers apart: `ACS ACR38U 00 00`.
    public let name: String
    public let card: Card
    /// Whether a program has the card for itself alone.
    public let isHeld: Bool
    /// What the service has said, to be told to it again: flags, and above them how often a card came or went.
    let state: UInt

    init(name: String, state: UInt, atr: [UInt8]) {
        self.name = name
        self.state = state & ~UInt(SCARD_STATE_CHANGED)
        card = Self.card(state, atr)
        isHeld = state & UInt(SCARD_STATE_EXCLUSIVE) != 0
    }

    private static func card(_ state: UInt, _ atr: [UInt8]) -> Card {
        if state & UInt(SCARD_STATE_MUTE) != 0 { return .mute }
        if state & UInt(SCARD_STATE_PRESENT) != 0 { return .present(ATR(atr)) }
        return state & UInt(SCARD_STATE_EMPTY) != 0 ? .none : .unavailable
    }

    /// Whether the card is read over the air, as far as its answer to reset or the reader's name tells; nil if neither
    /// does.
    public var isContactless: Bool? {
        if case .present(let atr?) = card { return atr.isContactlessForm }
        let words = name.lowercased().split { !$0.isLetter }
        return words.contains { Self.contactlessWords.contains(String($0)) } ? true : nil
    }

    /// Words in the names of readers without contacts.
    private static let contactlessWords: Set<String> = ["contactless", "picc", "nfc", "cl", "rfid"]

    /// Its name for people. Devices name themselves: what would steer a terminal is shown as a question mark.
    public var title: String {
        String(String.UnicodeScalarView(name.unicodeScalars.map { Self.isSteering($0) ? "?" : $0 }))
    }

    private static func isSteering(_ scalar: Unicode.Scalar) -> Bool {
        // Private use: among these are the characters that carry bytes of the system's.
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse: true
        default: false
        }
    }

    /// Whether nothing has happened to the reader's card between two looks; who uses it does not matter.
    func isSame(as other: CardReader) -> Bool {
        name == other.name && card == other.card && state >> 16 == other.state >> 16
    }
}
