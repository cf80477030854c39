/// The signs of a Cl@ve PIN and of a Cl@ve Mòbil verification code: three of `A–Z` and `2–7`.
///
/// These are the 32 signs of base32 (RFC 4648 section 6), five bits each, so three of them hold 15 bits: 32,768 PINs.
/// Digits 0, 1, 8 and 9 do not exist, so a typed 0 can only mean O, and a 1 only I.
public enum PINAlphabet {
    /// The 32 signs as ASCII, in the order of their values.
    public static let symbols: [UInt8] = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// How many signs make a PIN or a verification code.
    public static let length = 3

    /// The sign, as ASCII, for a value of five bits. Higher bits are ignored, so any random byte gives each sign with
    /// the same chance.
    public static func symbol(_ fiveBits: UInt8) -> UInt8 {
        symbols[Int(fiveBits & 31)]
    }

    /// The sign that a typed byte means, or nil if it means none. For callers that keep the PIN in guarded memory.
    public static func normalise(_ typed: UInt8) -> UInt8? {
        switch TypedText.capital(typed) {
        case UInt8(ascii: "0"): UInt8(ascii: "O")
        case UInt8(ascii: "1"): UInt8(ascii: "I")
        case let sign where symbols.contains(sign): sign
        default: nil
        }
    }

    /// A PIN or code as typed, in its canonical form: trimmed, capitals, 0 read as O and 1 as I.
    ///
    /// - Returns: Three signs, or nil if the text is anything else.
    public static func normalise(_ typed: String) -> String? {
        guard let bytes = try? TypedText.trimmed(typed), bytes.count == length else { return nil }
        let signs = bytes.compactMap { normalise($0) }
        return signs.count == length ? String(decoding: signs, as: UTF8.self) : nil
    }
}
