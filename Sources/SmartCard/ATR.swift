/// What a card says of itself when it gets power: the answer to reset (ISO/IEC 7816-3 section 8.2).
///
/// A contactless card says no such thing; its reader makes one up (PC/SC part 3 section 3.1.3.2.3).
public struct ATR: Equatable, Hashable, Sendable {
    /// The most that an answer to reset has.
    public static let limit = 33

    /// All of it, as it came.
    public let bytes: [UInt8]
    /// The historical bytes, which are the card's own to fill.
    public let historical: [UInt8]
    /// The transmission protocols offered, in the card's order; T=0 alone where the card names none.
    public let protocols: [UInt8]
    /// Whether the check byte is right; nil where there is none, as with T=0 alone.
    public let isChecked: Bool?

    /// Reads an answer to reset; nil for what has no form of one: cut off, too long, or with bytes left over.
    public init?(_ bytes: [UInt8]) {
        guard (2...Self.limit).contains(bytes.count), bytes[0] == 0x3B || bytes[0] == 0x3F else { return nil }
        guard let (end, protocols, hasCheck) = Self.interface(bytes) else { return nil }
        let historicalEnd = end + Int(bytes[1] & 0x0F)
        guard bytes.count == historicalEnd + (hasCheck ? 1 : 0) else { return nil }
        self.bytes = bytes
        historical = Array(bytes[end..<historicalEnd])
        self.protocols = protocols
        isChecked = hasCheck ? bytes.dropFirst().reduce(0, ^) == 0 : nil
    }

    /// Whether a reader has made it up for a contactless card: T=0 and T=1 offered, in exactly this form.
    public var isContactlessForm: Bool {
        bytes.count >= 4 && bytes[1] & 0xF0 == 0x80 && bytes[2] == 0x80 && bytes[3] == 0x01
    }

    /// Where the interface bytes end, the protocols that they name, and whether a check byte ends the answer, as it does
    /// when they name anything else than T=0.
    private static func interface(_ bytes: [UInt8]) -> (end: Int, protocols: [UInt8], hasCheck: Bool)? {
        var (place, next, protocols, hasCheck) = (2, bytes[1] >> 4, [UInt8](), false)
        while true {
            place += (next & 0x7).nonzeroBitCount
            guard next & 0x8 != 0 else { break }
            guard place < bytes.count else { return nil }
            let kind = bytes[place] & 0x0F
            if kind != 0 { hasCheck = true }
            // T=15 is none: it only says that what follows holds for all protocols.
            if kind != 15, !protocols.contains(kind) { protocols.append(kind) }
            if kind == 15, protocols.isEmpty { protocols.append(0) }
            next = bytes[place] >> 4
            place += 1
        }
        guard place + Int(bytes[1] & 0x0F) <= bytes.count else { return nil }
        return (place, protocols.isEmpty ? [0] : protocols, hasCheck)
    }
}
