public import SmartCard

/// What a card is as far as its answer to reset tells: whether it is a DNIe, which one, and in which state.
///
/// The answer to reset of a DNIe by contact is `3B 7F TA1 0000 006A "DNIe" …` and ends in where its life has got to and
/// a status. Over the air the reader makes one up, in which only some bytes are the card's, and which residence permits
/// share: a candidate is a DNIe only when its files say so.
public enum CardKind: Equatable, Sendable {
    /// A DNIe 1.0 or 2.0, in use.
    case generation2
    /// A DNIe 3.0 or 4.0, in use; the two can't be told apart by this.
    case generation3
    /// A DNIe that nobody has been given yet.
    case unfinished
    /// A DNIe whose life has been ended: it was replaced or cancelled.
    case terminated
    /// A DNIe that has wiped its memory, for good.
    case burned
    /// Perhaps a DNIe 3.0 or 4.0 over the air.
    case contactlessCandidate
    /// A public employee's card (TIF), of the same make with other keys.
    case publicEmployee
    /// Something else.
    case unknown
}

extension CardKind {
    /// What a card with this answer to reset is.
    public init(_ atr: ATR) {
        self = Self.table.first { $0.matches(atr.bytes) }?.kind ?? .unknown
    }

    /// The table from top to bottom: the first row that fits tells.
    private static let table: [Pattern] = [
        Pattern("3B7F..0000 006A54494631 .............. ....", .publicEmployee),
        // The end of a card's life shows in the phase or in the status, whatever the other says.
        Pattern("3B7F..0000 006A444E4965 ............0F ....", .terminated),
        Pattern("3B7F..0000 006A444E4965 .............. 6581", .burned),
        Pattern("3B7F..0000 006A444E4965 ............00 9000", .unfinished),
        Pattern("3B7F..0000 006A444E4965 ............01 9000", .unfinished),
        Pattern("3B7F..0000 006A444E4965 ........00..03 9000", .generation2),
        Pattern("3B7F..0000 006A444E4965 ........01..03 9000", .generation2),
        Pattern("3B7F..0000 006A444E4965 ........02..03 9000", .generation2),
        Pattern("3B7F..0000 006A444E4965 ........03..03 9000", .generation2),
        // Version 04, and what comes after it.
        Pattern("3B7F..0000 006A444E4965 ............03 9000", .generation3),
        Pattern("3B888001 E1F35E117781 ..00..", .contactlessCandidate),
        Pattern("3B8C8001 50........ E1F35E117781 ....", .contactlessCandidate),
    ]
}

/// Bytes of which some may be any.
private struct Pattern: Sendable {
    let kind: CardKind
    /// nil where any byte fits.
    private let bytes: [UInt8?]

    /// - Parameter text: two hexadecimal digits for a byte, `..` for any; spaces are for the reader.
    init(_ text: String, _ kind: CardKind) {
        let signs = text.filter { $0 != " " }.map { $0.hexDigitValue }
        bytes = stride(from: 0, to: signs.count, by: 2).map { place in
            guard let high = signs[place], let low = signs[place + 1] else { return nil }
            return UInt8(high << 4 | low)
        }
        self.kind = kind
    }

    func matches(_ atr: [UInt8]) -> Bool {
        atr.count == bytes.count && zip(atr, bytes).allSatisfy { $1 == nil || $0 == $1 }
    }
}
