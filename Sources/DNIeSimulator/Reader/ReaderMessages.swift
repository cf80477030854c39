/// The messages of a virtual reader (vpcd): two bytes with a length, big-endian, and as many bytes.
public struct ReaderMessages {
    /// A message from the reader.
    public enum Message: Equatable, Sendable {
        case powerOff
        case powerOn
        case reset
        /// The only control that is answered.
        case answerToReset
        /// A control that is not known; it is passed over.
        case unknown(UInt8)
        case command([UInt8])
    }

    /// What has come and is no whole message yet.
    private var buffer: [UInt8] = []

    public init() {}

    /// Bytes from the reader, as they come.
    public mutating func append(_ bytes: some Sequence<UInt8>) { buffer += bytes }

    /// The next whole message; nil while it has not come. An empty one is passed over.
    public mutating func next() -> Message? {
        while buffer.count >= 2 {
            let length = Int(buffer[0]) << 8 | Int(buffer[1])
            guard buffer.count >= 2 + length else { return nil }
            let content = Array(buffer[2..<2 + length])
            buffer.removeFirst(2 + length)
            if length == 1 { return Self.control(content[0]) }
            if length > 1 { return .command(content) }
        }
        return nil
    }

    private static func control(_ byte: UInt8) -> Message {
        switch byte {
        case 0: .powerOff
        case 1: .powerOn
        case 2: .reset
        case 4: .answerToReset
        default: .unknown(byte)
        }
    }

    /// A message to the reader.
    ///
    /// - Precondition: no more than 65,535 bytes.
    public static func framed(_ bytes: [UInt8]) -> [UInt8] {
        precondition(bytes.count <= 0xFFFF)
        return [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }
}
