import SmartCard

/// Objects of a protected command or answer (ISO/IEC 7816-4 section 10), in the order in which they must come.
struct ProtectedMessage: Equatable {
    /// Encrypted data, without the byte that tells the padding.
    var cryptogram: [UInt8]?
    /// A command's expected length, one or two bytes.
    var expected: [UInt8]?
    /// An answer's status.
    var status: UInt16?
    var code: [UInt8] = []

    /// The tags; encrypted data of an odd instruction is BER-TLV and has a tag of its own, without the padding's byte.
    private enum Tag {
        static let odd: UInt32 = 0x85
        static let even: UInt32 = 0x87
        static let expected: UInt32 = 0x97
        static let status: UInt32 = 0x99
        static let code: UInt32 = 0x8E
    }

    /// What the code is made over, besides a command's header.
    func authenticated(isOdd: Bool) -> [UInt8] {
        var bytes = [UInt8]()
        if let cryptogram {
            bytes += isOdd ? TLV(Tag.odd, cryptogram).bytes : TLV(Tag.even, [1] + cryptogram).bytes
        }
        if let expected { bytes += TLV(Tag.expected, expected).bytes }
        if let status { bytes += TLV(Tag.status, [UInt8(status >> 8), UInt8(status & 0xFF)]).bytes }
        return bytes
    }

    /// The whole message.
    func bytes(isOdd: Bool) -> [UInt8] { authenticated(isOdd: isOdd) + TLV(Tag.code, code).bytes }

    /// Nothing yet.
    init() {}

    /// Reads a command's or an answer's objects; nil if one is missing, is not known, or not in its place.
    init?(_ bytes: [UInt8], isOdd: Bool, isAnswer: Bool) {
        guard var objects = try? TLV.list(bytes, strict: true)[...] else { return nil }
        func take(_ tag: UInt32) -> [UInt8]? {
            guard objects.first?.tag == tag else { return nil }
            return objects.removeFirst().value
        }
        if var value = take(isOdd ? Tag.odd : Tag.even) {
            if !isOdd {
                guard value.first == 1 else { return nil }
                value.removeFirst()
            }
            cryptogram = value
        }
        if isAnswer {
            guard let value = take(Tag.status), value.count == 2 else { return nil }
            status = UInt16(value[0]) << 8 | UInt16(value[1])
        } else if let value = take(Tag.expected) {
            guard (1...2).contains(value.count) else { return nil }
            expected = value
        }
        guard let code = take(Tag.code), code.count == MessagingCipher.codeLength, objects.isEmpty else { return nil }
        self.code = code
    }

    // MARK: Expected lengths

    /// Ne as an object has it: zero is 256 or 65,536.
    static func encoded(expected: Int) -> [UInt8] {
        expected <= 256 ? [UInt8(expected & 0xFF)] : [UInt8(expected >> 8 & 0xFF), UInt8(expected & 0xFF)]
    }

    /// Ne of an object.
    var expectedLength: Int? {
        guard let expected else { return nil }
        let number = expected.reduce(0) { $0 << 8 | Int($1) }
        return number > 0 ? number : 1 << (8 * expected.count)
    }
}

extension CommandAPDU {
    /// Whether the instruction is odd: its data is BER-TLV.
    var isOdd: Bool { header[1] & 1 == 1 }

    /// The bits of a class that say "protected, and the header too".
    static let protectedBits: UInt8 = 0x0C
    /// The most that an answer carries.
    static let answerLimit = 65_536
}
