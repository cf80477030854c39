/// A command to a card (ISO/IEC 7816-4 section 5.1).
public struct CommandAPDU: Equatable, Sendable {
    /// The most that a short and an extended command carry.
    public static let shortLimit = 255
    public static let extendedLimit = 65_535

    /// CLA, INS, P1, P2.
    public let header: [UInt8]
    /// The command's data; may be empty.
    public let data: [UInt8]
    /// Bytes that are expected at most (Ne): 256 or 65,536 for all there are; nil for none.
    public let expected: Int?

    /// A command.
    ///
    /// - Precondition: no more data than ``extendedLimit``, and at most 65,536 bytes expected.
    public init(_ cla: UInt8, _ ins: UInt8, _ p1: UInt8, _ p2: UInt8, data: [UInt8] = [], expected: Int? = nil) {
        precondition(data.count <= Self.extendedLimit && (expected.map { (1...65_536).contains($0) } ?? true))
        header = [cla, ins, p1, p2]
        self.data = data
        self.expected = expected
    }

    /// Whether it fits into the short form.
    public var isShort: Bool { data.count <= Self.shortLimit && (expected ?? 1) <= 256 }

    /// The bytes for the card: in the short form where it fits, else in the extended one.
    public var bytes: [UInt8] {
        var bytes = header
        if isShort {
            if !data.isEmpty { bytes += [UInt8(data.count)] + data }
            if let expected { bytes.append(UInt8(expected & 0xFF)) }
            return bytes
        }
        if !data.isEmpty { bytes += [0, UInt8(data.count >> 8), UInt8(data.count & 0xFF)] + data }
        if let expected {
            bytes += (data.isEmpty ? [0] : []) + [UInt8(expected >> 8 & 0xFF), UInt8(expected & 0xFF)]
        }
        return bytes
    }

    /// Reads a command's bytes, as a card does; nil for what has no form of a command's.
    public init?(bytes: [UInt8]) {
        guard bytes.count >= 4 else { return nil }
        let body = Array(bytes.dropFirst(4))
        guard let (data, expected) = Self.short(body) ?? Self.extended(body) else { return nil }
        header = Array(bytes[..<4])
        self.data = data
        self.expected = expected
    }

    private static func short(_ body: [UInt8]) -> ([UInt8], Int?)? {
        guard let first = body.first else { return ([], nil) }
        func length(_ byte: UInt8) -> Int { byte == 0 ? 256 : Int(byte) }
        if body.count == 1 { return ([], length(first)) }
        let count = Int(first)
        guard count > 0 else { return nil }
        switch body.count - 1 - count {
        case 0: return (Array(body[1...]), nil)
        case 1: return (Array(body[1...count]), length(body[count + 1]))
        default: return nil
        }
    }

    private static func extended(_ body: [UInt8]) -> ([UInt8], Int?)? {
        guard body.count >= 3, body[0] == 0 else { return nil }
        func number(_ place: Int) -> Int { Int(body[place]) << 8 | Int(body[place + 1]) }
        func length(_ place: Int) -> Int { number(place) == 0 ? 65_536 : number(place) }
        if body.count == 3 { return ([], length(1)) }
        let count = number(1)
        guard count > 0 else { return nil }
        switch body.count - 3 - count {
        case 0: return (Array(body[3...]), nil)
        case 2: return (Array(body[3..<3 + count]), length(3 + count))
        default: return nil
        }
    }
}

/// A card's answer (ISO/IEC 7816-4 section 5.1).
public struct ResponseAPDU: Equatable, Sendable {
    /// The response's data; may be empty.
    public let data: [UInt8]
    /// SW1 and SW2, `0x9000` if all is well.
    public let status: UInt16

    /// An answer.
    public init(data: [UInt8] = [], status: UInt16) {
        self.data = data
        self.status = status
    }

    /// Reads an answer's bytes; nil for less than a status.
    public init?(bytes: [UInt8]) {
        guard bytes.count >= 2 else { return nil }
        data = Array(bytes.dropLast(2))
        status = UInt16(bytes[bytes.count - 2]) << 8 | UInt16(bytes[bytes.count - 1])
    }

    /// The bytes on the wire.
    public var bytes: [UInt8] { data + [UInt8(status >> 8), UInt8(status & 0xFF)] }

    public var isSuccess: Bool { status == 0x9000 }
}

/// What takes a command to a card and brings its answer: a reader, a secure channel over another channel, a simulator.
public protocol CardChannel: AnyObject {
    /// One command and its whole answer.
    ///
    /// - Throws: if there is no answer: the card or the reader has gone, or what came breaks the channel's protection.
    ///   An answer that says no is returned.
    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU
}

/// Why there is no answer from a card, or none that may be believed.
public enum CardError: Error, Equatable, Sendable {
    /// The card was taken out, or has lost its power.
    case removed
    /// The reader is not there any more, or the service that speaks with it.
    case readerGone
    /// What came has no form of an answer's, or is longer than it can be.
    case malformed
    /// A secure channel's code or counter is not right: somebody is in the way, or the card has another state.
    case notAuthentic
    /// The card says no to what a protocol needs; the status.
    case refused(UInt16)
    /// The service or the reader failed; English, one line.
    case failed(String)
}
