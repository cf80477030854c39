import SmartCard

/// Reads a card's files over a channel.
///
/// A DNIe knows its master file by name only, and everything below by one identifier at a time.
struct CardFiles {
    /// The most bytes of a file: READ BINARY has no place for more.
    static let fileLimit = 32_767
    /// Bytes that one READ BINARY asks for without protection, and with it: protected, they still have room in a short
    /// answer.
    static let plainChunk = 256
    static let protectedChunk = 0xDE

    let channel: any CardChannel
    let chunk: Int
    /// Where files are, in whose name failures are told.
    let stage: DNIeStage

    init(_ channel: any CardChannel, isProtected: Bool, stage: DNIeStage) {
        self.channel = channel
        chunk = isProtected ? Self.protectedChunk : Self.plainChunk
        self.stage = stage
    }

    /// SELECT of the master file.
    static let selectMaster = CommandAPDU(0x00, 0xA4, 0x04, 0x00, data: Array("Master.File".utf8))

    /// Selects what a path leads to, from the master file down.
    func select(_ path: [UInt16]) throws(DNIeError) {
        try require(Self.selectMaster)
        for identifier in path { try select(identifier) }
    }

    /// Selects a file of the folder that is selected, or beside the file that is.
    func select(_ identifier: UInt16) throws(DNIeError) {
        let data = [UInt8(identifier >> 8), UInt8(identifier & 0xFF)]
        try require(CommandAPDU(0x00, 0xA4, 0x00, 0x00, data: data))
    }

    /// The selected file.
    ///
    /// - Parameter length: how long it is in all, told from its beginning; nil if that does not tell: then it is read
    ///   until the card says that there is no more.
    func read(_ length: (_ beginning: [UInt8]) -> Int?) throws(DNIeError) -> [UInt8] {
        var (bytes, wanted, isWhole) = ([UInt8](), Self.fileLimit, false)
        while !isWhole, bytes.count < wanted {
            let asked = min(chunk, wanted - bytes.count)
            let part = try part(at: bytes.count, asked)
            isWhole = part.count < asked
            bytes += part
            if wanted == Self.fileLimit, let length = length(bytes) { wanted = min(length, Self.fileLimit) }
        }
        return Array(bytes.prefix(wanted))
    }

    /// The selected file, to its end.
    func readWhole() throws(DNIeError) -> [UInt8] { try read { _ in nil } }

    /// The selected file, which begins with an object of DER: as many bytes as that has.
    func readObject() throws(DNIeError) -> [UInt8] { try read(Self.objectLength) }

    /// Bytes of the selected file: fewer where it ends.
    private func part(at place: Int, _ count: Int) throws(DNIeError) -> [UInt8] {
        var answer = try transmit(Self.read(at: place, count))
        // Inside of a secure channel no reader asks again with the length that there is.
        let exact = Int(answer.status & 0xFF)
        if answer.status >> 8 == 0x6C, (1..<count).contains(exact) {
            answer = try transmit(Self.read(at: place, exact))
        }
        switch answer.status {
        // The file's end within what was asked for, or before it.
        case 0x9000, 0x6282: break
        case 0x6B00 where place > 0: return []
        case 0x6982: throw .needsPIN
        default: throw .refused(stage, answer.status)
        }
        guard answer.data.count <= count else { throw .malformed(stage) }
        return answer.data
    }

    private static func read(at place: Int, _ count: Int) -> CommandAPDU {
        CommandAPDU(0x00, 0xB0, UInt8(place >> 8), UInt8(place & 0xFF), expected: count)
    }

    /// The length of an object, header and value, by its first bytes; nil if they are too few or have no such form.
    static func objectLength(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        switch bytes[1] {
        case 0..<0x80: return 2 + Int(bytes[1])
        case 0x81: return 3 + Int(bytes[2])
        case 0x82: return 4 + Int(bytes[2]) << 8 + Int(bytes[3])
        default: return nil
        }
    }

    func transmit(_ command: CommandAPDU) throws(DNIeError) -> ResponseAPDU {
        do { return try channel.transmit(command) } catch { throw DNIeError(error, stage) }
    }

    private func require(_ command: CommandAPDU) throws(DNIeError) {
        let answer = try transmit(command)
        guard answer.isSuccess else { throw .refused(stage, answer.status) }
    }
}
