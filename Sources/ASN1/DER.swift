/// Writes DER (ITU-T X.690), the one encoding of ASN.1 that is made here; ``DERReader`` reads it.
///
/// By hand: OpenSSL's templates are macros of C, and libtasn1 wants each type described first. What is written here has
/// a few lines for each type, and secrets are never among it.
public enum DER {
    /// The first byte of a value: its class, whether it is made of other values, and its number (section 8.1.2).
    public enum Tag {
        public static let integer: UInt8 = 0x02
        public static let octetString: UInt8 = 0x04
        public static let null: UInt8 = 0x05
        public static let identifier: UInt8 = 0x06
        public static let utcTime: UInt8 = 0x17
        public static let sequence: UInt8 = 0x30
        public static let set: UInt8 = 0x31

        /// A tag of the context's own: of a plain value, or of a constructed one.
        public static func context(_ number: UInt8, isConstructed: Bool = true) -> UInt8 {
            0x80 | number | (isConstructed ? 0x20 : 0)
        }
    }

    /// A value under a tag.
    public static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tag] + length(content.count) + content
    }

    /// A `SEQUENCE` of what is written already.
    public static func sequence(_ parts: [UInt8]...) -> [UInt8] { tagged(Tag.sequence, Array(parts.joined())) }

    /// A `SET OF`, in DER's order (section 11.6).
    public static func set(_ parts: [[UInt8]]) -> [UInt8] {
        tagged(Tag.set, Array(parts.sorted { $0.lexicographicallyPrecedes($1) }.joined()))
    }

    /// An `OCTET STRING`.
    public static func octets(_ bytes: [UInt8]) -> [UInt8] { tagged(Tag.octetString, bytes) }

    /// An `INTEGER` that is not negative, big-endian.
    public static func integer(_ bytes: [UInt8]) -> [UInt8] {
        let number = Array(bytes.drop { $0 == 0 })
        let isNegative = number.first.map { $0 >= 0x80 } ?? true
        return tagged(Tag.integer, isNegative ? [0] + number : number)
    }

    /// An `OBJECT IDENTIFIER`.
    public static func identifier(_ identifier: OID) -> [UInt8] { tagged(Tag.identifier, identifier.encoded) }

    /// `NULL`.
    public static let null: [UInt8] = [Tag.null, 0x00]

    private static func length(_ count: Int) -> [UInt8] {
        guard count >= 0x80 else { return [UInt8(count)] }
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }.drop { $0 == 0 }
        return [0x80 | UInt8(bytes.count)] + bytes
    }
}
