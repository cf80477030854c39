import SecureMemory
import SmartCard

/// The keys and the counter of one secure channel, the same for both its ends.
struct CWASession: ~Copyable {
    /// Bytes of a code.
    let codeLength: Int
    /// The keys, and the number of the last message (SSC).
    private(set) var protection: MessageProtection

    /// The session of a handshake; nil if OpenSSL fails.
    ///
    /// - Parameters:
    ///   - one, other: both sides' halves of the keys, 32 bytes each.
    ///   - card, terminal: RND.ICC and RND.IFD, 8 bytes each.
    init?(
        _ one: borrowing SecretBytes, _ other: borrowing SecretBytes, card: [UInt8], terminal: [UInt8],
        generation: CWAGeneration
    ) {
        guard let keys = MessagingKeys(cipher: .tripleDES, shared: CWABytes.exclusiveOr(one, other)) else { return nil }
        codeLength = generation.codeLength
        protection = MessageProtection(keys: keys, counter: card.suffix(4) + terminal.suffix(4))
    }

    /// The next message has the next number; after the last one comes 0.
    mutating func advance() { protection.step() }

    /// The code of a message with the present number; nil if OpenSSL fails.
    borrowing func code(_ message: [UInt8]) -> [UInt8]? {
        let padded = MessagingCipher.tripleDES.padded(message)
        return protection.keys.code(over: protection.counter + padded).map { Array($0.prefix(codeLength)) }
    }

    /// Whether this is the code of a message with the present number; in constant time.
    borrowing func accepts(_ code: [UInt8], of message: [UInt8]) -> Bool {
        guard let right = self.code(message) else { return false }
        return unsafe constantTimeEqual(code.span.bytes, right.span.bytes)
    }

    /// A message's encrypted data object; nil if OpenSSL fails, or for more than an object holds.
    borrowing func cryptogram(_ data: RawSpan) -> TLV? {
        guard data.byteCount + MessagingCipher.tripleDES.blockLength < TLV.limit else { return nil }
        return protection.encrypted(data).map { TLV(0x87, [0x01] + $0) }
    }

    /// What a cryptogram holds; nil if it has no form of one.
    borrowing func plain(_ object: TLV) -> [UInt8]? {
        guard object.value.first == 0x01 else { return nil }
        return protection.decrypted(Array(object.value.dropFirst()))
    }

    /// CLA INS P1 P2 as the code covers them.
    static func covered(_ header: [UInt8]) -> [UInt8] { MessagingCipher.tripleDES.padded(header) }
}

extension CWASession {
    /// Bytes of data that one command carries at the most: with all around them they are one short command.
    static let dataLimit = 239

    /// The next command, protected; nil if OpenSSL fails.
    ///
    /// With data there is never an object for the expected length: DNIe 3.0 refuses both together.
    ///
    /// - Parameter trailing: whether the protected command says that it expects an answer.
    mutating func protect(_ command: CommandAPDU, data: RawSpan, trailing: Bool) -> CommandAPDU? {
        precondition(data.byteCount <= Self.dataLimit)
        advance()
        let header = [command.header[0] | 0x0C] + command.header[1...]
        var objects = [UInt8]()
        if data.byteCount > 0 {
            guard let object = cryptogram(data) else { return nil }
            objects = object.bytes
        } else if let expected = command.expected, expected < 256 {
            objects = TLV(0x97, [UInt8(expected)]).bytes
        }
        guard let code = code(Self.covered(header) + objects) else { return nil }
        return CommandAPDU(
            header[0], header[1], header[2], header[3], data: objects + TLV(0x8E, code).bytes,
            expected: trailing ? 256 : nil)
    }

    /// The answer to the last command; nil for what is not the card's answer to it.
    mutating func open(_ answer: ResponseAPDU) -> ResponseAPDU? {
        advance()
        guard var objects = try? TLV.list(answer.data, strict: true), let code = objects.popLast(), code.tag == 0x8E,
            accepts(code.value, of: objects.flatMap(\.bytes)), let status = objects.popLast(), status.tag == 0x99,
            status.value.count == 2, objects.count <= 1
        else { return nil }
        let inner = UInt16(status.value[0]) << 8 | UInt16(status.value[1])
        guard answer.status == 0x9000 || answer.status == inner else { return nil }
        guard let object = objects.first else { return ResponseAPDU(status: inner) }
        switch object.tag {
        case 0x87: return plain(object).map { ResponseAPDU(data: $0, status: inner) }
        case 0x81: return ResponseAPDU(data: object.value, status: inner)
        default: return nil
        }
    }
}

/// Why a card does not take a protected command.
enum CWARefusal: UInt16, Error {
    case wrongCode = 0x6688
    case missingObject = 0x6987
    case wrongObject = 0x6988
}

extension CWASession {
    private static let verify: UInt8 = 0x20

    /// The terminal's next command, at the card's end.
    ///
    /// - Returns: the command; it expects 256 bytes if it does not say.
    mutating func open(_ command: CommandAPDU) throws(CWARefusal) -> CommandAPDU {
        advance()
        guard var objects = try? TLV.list(command.data, strict: true) else { throw .wrongObject }
        guard let code = objects.popLast(), code.tag == 0x8E else { throw .missingObject }
        guard accepts(code.value, of: Self.covered(command.header) + objects.flatMap(\.bytes)) else {
            throw .wrongCode
        }
        let data = objects.first?.tag == 0x87 ? objects.removeFirst() : nil
        let expected = objects.first?.tag == 0x97 ? objects.removeFirst() : nil
        guard objects.isEmpty, expected == nil || expected?.value.count == 1 else { throw .wrongObject }
        if data != nil, expected != nil, command.header[1] == Self.verify { throw .wrongObject }
        var plain = [UInt8]()
        if let data {
            guard let opened = self.plain(data) else { throw .wrongObject }
            plain = opened
        }
        let length = Int(expected?.value[0] ?? 0)
        let header = command.header
        return CommandAPDU(
            header[0] & ~0x0C, header[1], header[2], header[3], data: plain, expected: length == 0 ? 256 : length)
    }

    /// The card's answer, protected; nil if OpenSSL fails.
    mutating func protect(_ answer: ResponseAPDU) -> ResponseAPDU? {
        advance()
        var objects = [UInt8]()
        if !answer.data.isEmpty {
            guard let object = unsafe cryptogram(answer.data.span.bytes) else { return nil }
            objects = object.bytes
        }
        objects += TLV(0x99, [UInt8(answer.status >> 8), UInt8(answer.status & 0xFF)]).bytes
        guard let code = code(objects) else { return nil }
        return ResponseAPDU(data: objects + TLV(0x8E, code).bytes, status: 0x9000)
    }
}
