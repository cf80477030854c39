/// Writes DER (ITU-T X.690): what is signed, and what carries a signature, is made here and never read.
public enum DER {
    /// A value under a tag.
    public static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tag] + length(content.count) + content
    }

    /// A `SEQUENCE` of what is written already.
    public static func sequence(_ parts: [UInt8]...) -> [UInt8] { tagged(0x30, Array(parts.joined())) }

    /// A `SET OF`, in DER's order (section 11.6).
    public static func set(_ parts: [[UInt8]]) -> [UInt8] {
        tagged(0x31, Array(parts.sorted { $0.lexicographicallyPrecedes($1) }.joined()))
    }

    /// An `OCTET STRING`.
    public static func octets(_ bytes: [UInt8]) -> [UInt8] { tagged(0x04, bytes) }

    /// An `INTEGER` that is not negative, big-endian.
    public static func integer(_ bytes: [UInt8]) -> [UInt8] {
        let number = Array(bytes.drop { $0 == 0 })
        let isNegative = number.first.map { $0 >= 0x80 } ?? true
        return tagged(0x02, isNegative ? [0] + number : number)
    }

    /// An `OBJECT IDENTIFIER` by its arcs, of which there are at least two.
    public static func identifier(_ arcs: [UInt]) -> [UInt8] {
        tagged(0x06, ([arcs[0] * 40 + arcs[1]] + arcs.dropFirst(2)).flatMap(base128))
    }

    /// An `OBJECT IDENTIFIER` whose arcs are encoded already.
    public static func identifier(encoded arcs: [UInt8]) -> [UInt8] { tagged(0x06, arcs) }

    /// `NULL`.
    public static let null: [UInt8] = [0x05, 0x00]

    private static func length(_ count: Int) -> [UInt8] {
        guard count >= 0x80 else { return [UInt8(count)] }
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }.drop { $0 == 0 }
        return [0x80 | UInt8(bytes.count)] + bytes
    }

    private static func base128(_ arc: UInt) -> [UInt8] {
        var bytes = [UInt8(arc & 0x7F)]
        var rest = arc >> 7
        while rest > 0 {
            bytes.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
            rest >>= 7
        }
        return bytes
    }
}
