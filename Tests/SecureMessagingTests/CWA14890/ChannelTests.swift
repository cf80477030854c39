import SecureMemory
import SmartCard
import Testing

@testable import SecureMessaging

@Suite struct `A channel of CWA 14890` {
    static let generations = [CWAGeneration.second, .third]

    private func opened(_ generation: CWAGeneration = .third) throws -> (CWAChannel, TestCard) {
        let card = TestCard(.second, generation)
        return (try CWATerminal.test(.second, generation).opened(to: card), card)
    }

    /// Changes what comes from the card from now on.
    private func change(_ card: TestCard, _ body: @escaping (ResponseAPDU) -> ResponseAPDU) {
        card.change = { _, answer in body(answer) }
    }

    private func expectDead(_ channel: CWAChannel, _ card: TestCard, _ comment: Comment = "") {
        let count = card.sent.count
        #expect(throws: CardError.notAuthentic, comment) { try channel.transmit(.echo([1])) }
        #expect(card.sent.count == count && !channel.isOpen, comment)
    }

    @Test(arguments: generations) func `brings every length`(generation: CWAGeneration) throws {
        let (channel, card) = try opened(generation)
        for count in 0...CWAChannel.dataLimit {
            let data = randomBytes(count)
            #expect(try channel.transmit(.echo(data)).data == data)
            #expect(card.sent.last!.isShort)
        }
    }

    @Test func `sends nothing of a command that has no room, and lives on`() throws {
        let (channel, card) = try opened()
        let count = card.sent.count
        for command in [
            CommandAPDU.echo([UInt8](repeating: 1, count: CWAChannel.dataLimit + 1)),
            CommandAPDU(0x0C, 0xCA, 0, 0), CommandAPDU(0, 0xCA, 0, 0, expected: 257),
        ] {
            #expect(throws: CardError.self) { try channel.transmit(command) }
        }
        #expect(card.sent.count == count && channel.isOpen)
        #expect(try channel.transmit(.echo([1])).data == [1])
    }

    @Test func `never says an expected length together with data`() throws {
        let (channel, card) = try opened()
        for expected in [nil, 1, 8, 256] {
            let verify = CommandAPDU(0, 0x20, 0, 0, data: TestCard.pin, expected: expected)
            #expect(try channel.transmit(verify).isSuccess)
            #expect(try TLV.list(card.sent.last!.data, strict: true).map(\.tag) == [0x87, 0x8E])
            #expect(card.sent.last!.expected == nil)
            let without = CommandAPDU(0, 0x20, 0, 0, expected: expected)
            #expect(try channel.transmit(without, secret: secret(TestCard.pin)).isSuccess)
            #expect(try TLV.list(card.sent.last!.data, strict: true).map(\.tag) == [0x87, 0x8E])
        }
        #expect(card.received.filter { $0.0.header[1] == 0x20 }.allSatisfy { $0.0.data == TestCard.pin })
        _ = try channel.transmit(CommandAPDU(0, 0xCA, 0, 0, expected: 8))
        #expect(try TLV.list(card.sent.last!.data, strict: true).map(\.tag) == [0x97, 0x8E])
    }

    @Test func `has the PIN's bytes nowhere in what is sent`() throws {
        let (channel, card) = try opened()
        _ = try channel.transmit(CommandAPDU(0, 0x20, 0, 0), secret: secret(TestCard.pin))
        #expect(card.isVerified)
        let sent = card.sent.flatMap(\.bytes)
        #expect(!sent.indices.contains { sent[$0...].starts(with: TestCard.pin) })
    }

    @Test func `has a card that refuses an expected length with the PIN`() throws {
        for (tags, expected) in [([UInt32(0x87), 0x97], UInt16(0x6988)), ([0x87], 0x9000)] {
            var terminal = session()
            var card = session()
            terminal.advance()
            let header: [UInt8] = [0x0C, 0x20, 0, 0]
            let pin = TestCard.pin
            let cryptogram = terminal.cryptogram(pin.span.bytes)!
            let objects = tags.flatMap { $0 == 0x87 ? cryptogram.bytes : TLV($0, [8]).bytes }
            let code = terminal.code(CWASession.covered(header) + objects)!
            let command = CommandAPDU(0x0C, 0x20, 0, 0, data: objects + TLV(0x8E, code).bytes)
            do {
                let opened = try card.open(command)
                #expect(opened.data == TestCard.pin && expected == 0x9000)
            } catch { #expect(error.rawValue == expected) }
        }
    }

    private func session() -> CWASession {
        let half = secret([UInt8](repeating: 7, count: 32))
        return CWASession(
            half, secret([UInt8](repeating: 9, count: 32)), card: Array(1...8), terminal: Array(1...8),
            generation: .third)!
    }

    // MARK: Attacks

    @Test(arguments: generations) func `ends at every changed bit of an answer`(generation: CWAGeneration) throws {
        let (channel, card) = try opened(generation)
        var length = 0
        change(card) {
            length = $0.bytes.count; return $0
        }
        _ = try channel.transmit(.echo([1, 2, 3]))
        for bit in 0..<length * 8 {
            let (channel, card) = try opened(generation)
            change(card) { $0.flipped(bit) }
            #expect(throws: CardError.self, "\(bit)") { try channel.transmit(.echo([1, 2, 3])) }
            card.change = { $1 }
            expectDead(channel, card, "\(bit)")
        }
    }

    @Test(arguments: generations) func `ends at every shorter or longer answer`(generation: CWAGeneration) throws {
        for count in 2..<40 {
            let (channel, card) = try opened(generation)
            var isWhole = false
            change(card) {
                isWhole = $0.bytes.count == count
                return ResponseAPDU(bytes: Array(($0.bytes + [UInt8](repeating: 0, count: 40)).prefix(count)))!
            }
            let answer = try? channel.transmit(.echo([1, 2, 3]))
            #expect((answer != nil) == isWhole, "\(count)")
            card.change = { $1 }
            if !isWhole { expectDead(channel, card, "\(count)") }
        }
    }

    @Test func `ends at an answer that came before`() throws {
        let (channel, card) = try opened()
        var first: ResponseAPDU?
        change(card) { answer in
            defer { first = first ?? answer }
            return first ?? answer
        }
        _ = try channel.transmit(.echo([1]))
        #expect(throws: CardError.notAuthentic) { try channel.transmit(.echo([1])) }
        expectDead(channel, card)
    }

    @Test func `ends at a plain answer, good or bad`() throws {
        for status: UInt16 in [0x9000, 0x6688, 0x6987, 0x6988, 0x6A82] {
            let (channel, card) = try opened()
            change(card) { _ in ResponseAPDU(status: status) }
            #expect(throws: status == 0x9000 ? CardError.notAuthentic : .refused(status)) {
                try channel.transmit(.echo([1]))
            }
            expectDead(channel, card)
        }
    }

    @Test(arguments: generations)
    func `has the card end it at every changed bit of a command`(generation: CWAGeneration) throws {
        let (channel, card) = try opened(generation)
        _ = try channel.transmit(.echo([1, 2, 3]))
        let length = card.sent.last!.data.count + 4
        for bit in 0..<length * 8 {
            let (channel, card) = try opened(generation)
            let received = card.received.count
            card.changeCommand = { $1.flipped(bit) }
            #expect(throws: CardError.self, "\(bit)") { try channel.transmit(.echo([1, 2, 3])) }
            #expect(card.received.count == received && card.role == nil, "\(bit)")
        }
    }

    @Test func `has the card refuse a command twice, out of turn or plain, and forget the PIN`() throws {
        for attack in 0..<3 {
            let (channel, card) = try opened()
            _ = try channel.transmit(CommandAPDU(0, 0x20, 0, 0), secret: secret(TestCard.pin))
            #expect(card.isVerified)
            let earlier = card.sent.suffix(1) + [CommandAPDU(0, 0xA4, 4, 0, data: Array("Master.File".utf8))]
            switch attack {
            case 0: #expect(try card.transmit(earlier[0 + earlier.startIndex]).status == 0x6688)
            case 1: #expect(try card.transmit(earlier[1 + earlier.startIndex]).status == 0x6987)
            default: #expect(try card.transmit(CommandAPDU(0x0C, 0xCA, 0, 0)).status == 0x6987)
            }
            #expect(card.role == nil && !card.isVerified)
            #expect(throws: CardError.self) { try channel.transmit(.echo([1])) }
        }
    }

    @Test func `is closed in the card too, which then begins anew`() throws {
        let (channel, card) = try opened()
        _ = try channel.transmit(CommandAPDU(0, 0x20, 0, 0), secret: secret(TestCard.pin))
        try channel.close()
        #expect(card.role == nil && !card.isVerified && !channel.isOpen)
        let count = card.sent.count
        try channel.close()
        #expect(card.sent.count == count)
        #expect(try CWATerminal.test().opened(to: card).transmit(.echo([1])).data == [1])
    }
}
