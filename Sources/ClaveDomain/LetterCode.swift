/// The code of a registration letter, its CSV (*Código Seguro de Verificación*): sixteen capital letters and digits.
///
/// Codes are made without signs that look like others; any letter or digit is accepted when typed.
public struct LetterCode: Hashable, Sendable {
    /// Signs of a code.
    public static let length = 16
    /// The signs of new codes: no 0 and O, 1, I and L.
    public static let alphabet = Array("ABCDEFGHJKMNPQRSTUVWXYZ23456789".utf8)

    /// The sixteen signs.
    public let text: String

    /// Reads a code as people type it: in small letters, in groups.
    ///
    /// - Throws: `malformedLetterCode` or `tooLong`.
    public init(parsing typed: String) throws(DomainError) {
        let bytes = try TypedText.compact(typed)
        guard bytes.count == Self.length, bytes.allSatisfy({ TypedText.isDigit($0) || TypedText.isCapital($0) }) else {
            throw DomainError(.malformedLetterCode)
        }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// A new code of random bytes: those that would favour a sign are passed over.
    ///
    /// - Parameter bytes: gives so many random bytes.
    public init(from bytes: (Int) -> [UInt8]) {
        let fair = 256 - 256 % Self.alphabet.count
        var signs: [UInt8] = []
        while signs.count < Self.length {
            for byte in bytes(Self.length) where Int(byte) < fair && signs.count < Self.length {
                signs.append(Self.alphabet[Int(byte) % Self.alphabet.count])
            }
        }
        text = String(decoding: signs, as: UTF8.self)
    }

    /// In groups of four, as the letter prints it.
    public var grouped: String {
        stride(from: 0, to: Self.length, by: 4).map { String(text.dropFirst($0).prefix(4)) }.joined(separator: " ")
    }
}

extension LetterCode: CustomStringConvertible, CustomDebugStringConvertible {
    /// Nothing of it: it registers whoever has it.
    public var description: String { "letter code" }

    /// Nothing of it, as `description`.
    public var debugDescription: String { description }
}
