import CZlib
import SmartCard
import Testing

@testable import DNIe

/// Bytes that are one place of a file after another, as a card of some make or another answers READ BINARY.
private final class FileChannel: CardChannel {
    /// How the card says that there are fewer bytes than were asked for.
    enum End: CaseIterable, Sendable { case shortAnswer, warning, exactLength }

    let content: [UInt8]
    let end: End
    private(set) var commands: [CommandAPDU] = []

    init(_ content: [UInt8], _ end: End = .warning) {
        (self.content, self.end) = (content, end)
    }

    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        commands.append(command)
        let (place, count) = (Int(command.header[2]) << 8 | Int(command.header[3]), command.expected ?? 256)
        guard place < content.count || content.isEmpty else { return ResponseAPDU(status: 0x6B00) }
        let part = Array(content[place...].prefix(count))
        if part.count == count { return ResponseAPDU(data: part, status: 0x9000) }
        switch end {
        case .shortAnswer: return ResponseAPDU(data: part, status: 0x9000)
        case .warning: return ResponseAPDU(data: part, status: 0x6282)
        case .exactLength: return ResponseAPDU(status: 0x6C00 | UInt16(part.count))
        }
    }
}

/// Answers every command with the same.
private final class OneAnswer: CardChannel {
    let answer: ResponseAPDU

    init(_ answer: ResponseAPDU) { self.answer = answer }

    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU { answer }
}

@Suite struct `Reading a card's files` {
    private static let sizes = [1, 0xDD, 0xDE, 0xDF, 255, 256, 257, 512, 2 * 0xDE, 5000]

    private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) } }

    @Test(arguments: FileChannel.End.allCases, [false, true])
    fileprivate func `reads a whole file, however the card tells its end`(end: FileChannel.End, isProtected: Bool)
        throws
    {
        for size in Self.sizes {
            let channel = FileChannel(Self.bytes(size), end)
            let files = CardFiles(channel, isProtected: isProtected, stage: .files)
            #expect(try files.readWhole() == channel.content, "\(size)")
        }
    }

    @Test func `asks once more behind an exact multiple of what one command brings`() throws {
        let channel = FileChannel(Self.bytes(512))
        _ = try CardFiles(channel, isProtected: false, stage: .files).readWhole()
        #expect(channel.commands.map(\.header) == [[0, 0xB0, 0, 0], [0, 0xB0, 1, 0], [0, 0xB0, 2, 0]])
    }

    @Test func `reads an object and nothing of what lies behind it`() throws {
        for (size, reads) in [(5, 1), (200, 1), (300, 2), (508, 2), (509, 3)] {
            let object = TLV(0x30, Self.bytes(size)).bytes
            let channel = FileChannel(object + Self.bytes(3000))
            #expect(try CardFiles(channel, isProtected: false, stage: .files).readObject() == object, "\(size)")
            #expect(channel.commands.count == reads, "\(size)")
        }
    }

    @Test func `reads no more than a file can have`() throws {
        let channel = FileChannel([0x30, 0x82, 0xFF, 0xFF] + Self.bytes(65_535))
        let read = try CardFiles(channel, isProtected: true, stage: .files).readObject()
        #expect(read.count == CardFiles.fileLimit && read == Array(channel.content[..<CardFiles.fileLimit]))
        #expect(try CardFiles(channel, isProtected: false, stage: .files).readWhole().count == CardFiles.fileLimit)
    }

    @Test(arguments: [
        (0x6982, DNIeError.needsPIN), (0x6A82, .refused(.files, 0x6A82)), (0x6B00, .refused(.files, 0x6B00)),
        (0x6C00, .refused(.files, 0x6C00)), (0x6CFF, .refused(.files, 0x6CFF)), (0x6C05, .refused(.files, 0x6C05)),
    ])
    func `tells why a file can't be read`(status: Int, error: DNIeError) {
        let files = CardFiles(
            OneAnswer(ResponseAPDU(status: UInt16(status))), isProtected: true, stage: .files)
        #expect(failure { () throws(DNIeError) in _ = try files.readWhole() } == error)
    }

    @Test func `refuses more than was asked for`() {
        let answer = ResponseAPDU(data: Self.bytes(0xDF), status: 0x9000)
        let files = CardFiles(OneAnswer(answer), isProtected: true, stage: .files)
        #expect(failure { () throws(DNIeError) in _ = try files.readWhole() } == .malformed(.files))
    }

    @Test func `asks a file's length of its first bytes`() {
        #expect(CardFiles.objectLength([0x30, 0x03, 0]) == nil)
        #expect(CardFiles.objectLength([0x30, 0x7F, 0, 0]) == 129)
        #expect(CardFiles.objectLength([0x30, 0x81, 0xFF, 0]) == 258)
        #expect(CardFiles.objectLength([0x30, 0x82, 0x12, 0x34]) == 0x1238)
        #expect(CardFiles.objectLength([0x30, 0x80, 0, 0]) == nil)
        #expect(CardFiles.objectLength([0x30, 0x83, 1, 0]) == nil)
    }
}

@Suite struct `A certificate's file` {
    private static let certificate = TLV(0x30, (0..<900).map { UInt8(truncatingIfNeeded: $0 / 3) }).bytes

    private static func file(_ whole: Int? = nil, packed: Int? = nil, _ content: [UInt8] = certificate) -> [UInt8] {
        var count = compressBound(UInt(content.count))
        var stream = [UInt8](repeating: 0, count: Int(count))
        precondition(compress(&stream, &count, content, UInt(content.count)) == Z_OK)
        stream = Array(stream.prefix(Int(count)))
        return number(whole ?? content.count) + number(packed ?? stream.count) + stream
    }

    private static func number(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(number >> (8 * $0) & 0xFF) } }

    @Test func `is unpacked, whatever lies behind it`() {
        let file = Self.file()
        #expect(CertificateFile.certificate(file) == Self.certificate)
        #expect(CertificateFile.certificate(file + [UInt8](repeating: 0, count: 500)) == Self.certificate)
        #expect(CertificateFile.certificate(file + [0xFF]) == Self.certificate)
        #expect(CertificateFile.length(file + [0xFF]) == file.count)
        #expect(CertificateFile.length(Array(file[..<7])) == nil)
    }

    @Test func `is the certificate itself where nothing was packed`() {
        #expect(CertificateFile.certificate(Self.certificate) == Self.certificate)
        #expect(CertificateFile.certificate(Self.certificate + [0, 0]) == Self.certificate)
        #expect(CertificateFile.certificate(Array(Self.certificate.dropLast())) == nil)
        #expect(CertificateFile.length(Self.certificate + [0, 0]) == Self.certificate.count)
        let long = TLV(0x30, [UInt8](repeating: 1, count: CertificateFile.limit)).bytes
        #expect(CertificateFile.certificate(long) == nil)
    }

    @Test func `is none if its stream gives more or less than it says`() {
        let huge = [UInt8](repeating: 0, count: 20_000_000)
        for whole in [1, 900, CertificateFile.limit, CertificateFile.limit + 1, 20_000_000, 0xFFFF_FFFF] {
            #expect(CertificateFile.certificate(Self.file(whole, huge)) == nil, "\(whole)")
        }
        let count = Self.certificate.count
        for whole in [0, 1, count - 1, count + 1, CertificateFile.limit] {
            #expect(CertificateFile.certificate(Self.file(whole)) == nil, "\(whole)")
        }
        let largest = [UInt8](repeating: 7, count: CertificateFile.limit)
        #expect(CertificateFile.certificate(Self.file(nil, largest)) == largest)
        #expect(CertificateFile.certificate(Self.file(nil, largest + [7])) == nil)
    }

    @Test func `is none if it says to be longer than a file`() {
        for packed in [CardFiles.fileLimit, 0x7FFF_FFFF, 0xFFFF_FFFF] {
            let file = Self.file(nil, packed: packed, Self.certificate)
            #expect(CertificateFile.length(file) == nil)
            #expect(CertificateFile.certificate(file) == nil)
        }
    }

    @Test func `is none if it ends anywhere before its end`() {
        let file = Self.file()
        for count in 0..<file.count { #expect(CertificateFile.certificate(Array(file[..<count])) == nil, "\(count)") }
    }

    @Test func `is none or the same with any bit turned`() {
        let file = Self.file()
        for place in 0..<8 * file.count {
            var damaged = file
            damaged[place / 8] ^= 1 << (place % 8)
            let certificate = CertificateFile.certificate(damaged)
            // The window's size in the stream's header says nothing of what it holds.
            #expect(certificate == nil || certificate == Self.certificate, "\(place)")
        }
    }
}
