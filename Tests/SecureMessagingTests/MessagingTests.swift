import SecureMemory
import SecureMessaging
import SmartCard
import Testing

@Suite struct `Secure messaging` {
    private static let can = KnownRun.can

    private func pair(
        _ cipher: MessagingCipher = .aes128, change: @escaping (Int, ResponseAPDU) -> ResponseAPDU = { $1 },
        serve: @escaping (CommandAPDU) -> ResponseAPDU = { ResponseAPDU(data: $0.data, status: 0x9000) }
    ) -> (SecureMessagingChannel, StubChannel, SecureMessagingCard) {
        func fresh() -> MessagingKeys {
            MessagingKeys(
                cipher: cipher, encryption: secret([UInt8](repeating: 0x11, count: cipher.keyLength)),
                authentication: secret([UInt8](repeating: 0x23, count: cipher.keyLength)))
        }
        let card = SecureMessagingCard(keys: fresh())
        var place = 0
        let below = StubChannel { command in
            defer { place += 1 }
            guard let plain = card.unwrap(command) else { return ResponseAPDU(status: card.refusal!.rawValue) }
            return change(place, card.wrap(serve(plain)))
        }
        return (SecureMessagingChannel(over: below, keys: fresh()), below, card)
    }

    // MARK: Known answers

    /// Computed by an independent script of this project, with the keys of its PACE run.
    @Test func `makes these bytes after PACE`() throws {
        let answers = ["990290008e08106cf6905c49643a9000", "6f00"]
        var place = 0
        let card = StubChannel { _ in
            defer { place += 1 }
            return ResponseAPDU(bytes: hex(answers[place]))!
        }
        let channel = SecureMessagingChannel(
            over: card, keys: keys(.aes128, Self.can.encryption, Self.can.authentication))
        let select = CommandAPDU(0, 0xA4, 4, 0, data: Array("Master.File".utf8))
        #expect(try channel.transmit(select) == ResponseAPDU(status: 0x9000))
        #expect(throws: CardError.refused(0x6F00)) {
            try channel.transmit(CommandAPDU(0, 0xB0, 0, 0, expected: 8))
        }
        #expect(
            card.sent.map(\.bytes) == [
                hex("0ca404001d8711014126efa9d03b296bf6be81c2230d8aa38e08f192b83f13a20b2800"),
                hex("0cb000000d9701088e08dc131e1266570da000"),
            ])
    }

    /// From the tests of jmulticard, the Spanish government's driver (TestApduEncrypter): its counter is the one that the
    /// command is made with, so the channel begins one before.
    @Test func `makes the bytes of another driver`() {
        let card = StubChannel { _ in ResponseAPDU(status: 0x6F00) }
        let channel = SecureMessagingChannel(
            over: card, keys: keys(.aes128, "f1b0d6449cec48864c1efabb4957d64b", "1665a3adcb579053cc5d908720ce4dc1"),
            counter: hex("3de0c9658f836888bd352dbf46462f5f"))
        #expect(throws: CardError.refused(0x6F00)) {
            try channel.transmit(CommandAPDU(0, 0xA4, 4, 0, data: Array("Master.File".utf8)))
        }
        #expect(
            card.sent.first?.bytes
                == hex("0ca404001d871101f5124ee2f53962e86e66a6d234827f0f8e0870e6de5f679aee6400"))
    }

    /// ICAO Doc 9303-11, appendix D.4.
    @Test func `makes these bytes with 3DES`() throws {
        let exchange = [
            ("0ca4020c158709016375432908c044f68e08bf8b92d635ff24f800", "990290008e08fa855a5d4c50a8ed9000"),
            ("0cb000000d9701048e08ed6705417e96ba5500", "8709019ff0ec34f9922651990290008e08ad55cc17140b2ded9000"),
            (
                "0cb000040d9701128e082ea28a70f3c7b53500",
                "871901fb9235f4e4037f2327dcc8964f1f9b8c30f42c8e2fff224a990290008e08c8b2787eaea07d749000"
            ),
        ]
        var place = 0
        let card = StubChannel { _ in
            defer { place += 1 }
            return ResponseAPDU(bytes: hex(exchange[place].1))!
        }
        let channel = SecureMessagingChannel(
            over: card, keys: keys(.tripleDES, "979ec13b1cbfe9dcd01ab0fed307eae5", "f1cb1f1fb5adf208806b89dc579dc1f8"),
            counter: hex("887022120c06c226"))
        #expect(try channel.transmit(CommandAPDU(0, 0xA4, 2, 0x0C, data: [1, 0x1E])).data == [])
        #expect(try channel.transmit(CommandAPDU(0, 0xB0, 0, 0, expected: 4)).data == hex("60145f01"))
        #expect(
            try channel.transmit(CommandAPDU(0, 0xB0, 0, 4, expected: 18)).data
                == hex("04303130365f36063034303030305c026175"))
        #expect(card.sent.map(\.bytes) == exchange.map { hex($0.0) })
    }

    // MARK: Round trips

    @Test(arguments: MessagingCipher.allCases)
    func `brings every length and every expected length`(cipher: MessagingCipher) throws {
        var got: CommandAPDU?
        let (channel, _, _) = pair(
            cipher,
            serve: {
                got = $0
                return ResponseAPDU(data: $0.data, status: 0x6282)
            })
        let lengths =
            Array(0...40) + Array(220...260) + [4096, 32_768, 65_000, 65_503]
            + (0..<20).map { _ in .random(in: 0...65_503) }
        for length in lengths {
            for expected in [nil, 1, 255, 256, 257, 65_536] {
                let command = CommandAPDU(
                    0, length % 2 == 0 ? 0xB0 : 0xB1, 1, 2, data: randomBytes(length), expected: expected)
                let answer = try channel.transmit(command)
                #expect(got == command)
                #expect(answer == ResponseAPDU(data: command.data, status: 0x6282))
            }
        }
    }

    @Test func `sends nothing of a command that it can't protect, and lives on`() throws {
        let (channel, below, _) = pair()
        for command in [
            CommandAPDU(0, 0xD6, 0, 0, data: [UInt8](repeating: 1, count: 65_504)),
            CommandAPDU(0, 0xD6, 0, 0, data: [UInt8](repeating: 1, count: 65_535)),
            CommandAPDU(0x0C, 0xB0, 0, 0), CommandAPDU(0x60, 0xB0, 0, 0),
        ] {
            #expect(throws: CardError.failed("the command can't be protected")) { try channel.transmit(command) }
        }
        #expect(below.sent.isEmpty)
        #expect(try channel.transmit(CommandAPDU(0, 0xB0, 0, 0, expected: 1)).isSuccess)
    }

    // MARK: Attacks

    private let read = CommandAPDU(0, 0xB0, 0, 0, data: [7, 8, 9], expected: 256)

    private func expectDead(_ channel: SecureMessagingChannel, _ below: StubChannel, _ comment: Comment = "") {
        let count = below.sent.count
        #expect(throws: CardError.notAuthentic, comment) { try channel.transmit(read) }
        #expect(below.sent.count == count && !channel.isOpen, comment)
    }

    @Test(arguments: MessagingCipher.allCases)
    func `ends at every changed bit and every shorter answer`(cipher: MessagingCipher) throws {
        let (channel, below, _) = pair(cipher)
        _ = try channel.transmit(read)
        let length = cipher.blockLength + 3 + 4 + 10 + 2
        for bit in 0..<length * 8 {
            let (channel, below, _) = pair(cipher) { _, answer in
                var bytes = answer.bytes
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                return ResponseAPDU(bytes: bytes)!
            }
            #expect(throws: CardError.notAuthentic, "\(bit)") { try channel.transmit(read) }
            expectDead(channel, below, "\(bit)")
        }
        for count in 2..<length {
            let (channel, below, _) = pair(cipher) { ResponseAPDU(bytes: Array($1.bytes.prefix(count)))! }
            #expect(throws: CardError.self, "\(count)") { try channel.transmit(read) }
            expectDead(channel, below, "\(count)")
        }
        _ = below
    }

    @Test func `ends at an answer that came before`() throws {
        var first: ResponseAPDU?
        let (channel, below, _) = pair(change: { place, answer in
            if place == 0 { first = answer }
            return place == 1 ? first! : answer
        })
        _ = try channel.transmit(read)
        #expect(throws: CardError.notAuthentic) { try channel.transmit(read) }
        expectDead(channel, below)
    }

    @Test func `ends at a plain answer, good or bad`() {
        for status: UInt16 in [0x9000, 0x6688, 0x6987, 0x6988, 0x6A82] {
            let (channel, below, _) = pair(change: { _, _ in ResponseAPDU(status: status) })
            #expect(throws: status == 0x9000 ? CardError.notAuthentic : .refused(status)) {
                try channel.transmit(read)
            }
            expectDead(channel, below)
        }
        let (channel, below, _) = pair(change: { _, _ in ResponseAPDU(data: [7, 8, 9], status: 0x9000) })
        #expect(throws: CardError.notAuthentic) { try channel.transmit(read) }
        expectDead(channel, below)
    }

    @Test func `has the status of inside, whatever 9000 is outside`() throws {
        let (channel, _, _) = pair(change: { ResponseAPDU(data: $1.data, status: 0x9000) }) { _ in
            ResponseAPDU(status: 0x6A82)
        }
        #expect(try channel.transmit(read).status == 0x6A82)
    }

    @Test func `has the card refuse a command twice, out of turn, changed or plain`() throws {
        let (channel, below, card) = pair()
        _ = try channel.transmit(read)
        #expect(card.unwrap(below.sent[0]) == nil && card.refusal == .incorrect)
        let (_, _, other) = pair()
        #expect(other.unwrap(read) == nil && other.refusal == .missing)
        let (next, sent, late) = pair()
        for _ in 0..<2 { _ = try next.transmit(read) }
        let (_, _, fresh) = pair()
        #expect(fresh.unwrap(sent.sent[1]) == nil && late.refusal == nil)
        let command = below.sent[0]
        for bit in 0..<(command.data.count + 4) * 8 {
            var bytes = command.header + command.data
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let (_, _, card) = pair()
            let changed = CommandAPDU(
                bytes[0], bytes[1], bytes[2], bytes[3], data: Array(bytes[4...]), expected: command.expected)
            #expect(card.unwrap(changed) == nil, "\(bit)")
            #expect(card.unwrap(command) == nil, "a closed channel stays closed")
        }
    }
}
