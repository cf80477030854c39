import SecureMemory
import SmartCard
import Testing

@testable import SecureMessaging

@Suite struct `The handshake of CWA 14890` {
    static let cards = [CWAKeySet.first, .second].flatMap { set in
        [CWAGeneration.second, .third].flatMap { generation in
            [CWARole.user, .pin].map { (set, generation, $0) }
        }
    }

    private func failure(_ body: () throws(CWAFailure) -> Void) -> CWAFailure? {
        do { try body() } catch { return error }
        return nil
    }

    @Test(arguments: cards)
    func `opens a channel of either role on either generation`(
        set: CWAKeySet, generation: CWAGeneration, role: CWARole
    ) throws {
        let card = TestCard(set, generation)
        let channel = try CWATerminal.test(set, generation).opened(role, to: card)
        #expect(card.role == role && channel.role == role)
        for data in [[], [1, 2, 3], randomBytes(231)] {
            #expect(try channel.transmit(.echo(data)) == ResponseAPDU(data: data, status: 0x9000))
        }
        #expect(card.received.last?.1 == role)
        #expect(card.sent.last?.data.suffix(generation.codeLength + 2).first == 0x8E)
    }

    @Test func `takes the set whose root the card's certificates are of`() throws {
        let terminal = CWATerminal(
            CWASettings(generation: .third), keySets: [.first, .second, TestCard.keySet(.first), TestCard.keySet()])
        for set in [CWAKeySet.first, .second] {
            let identity = try terminal.identify(through: TestCard(set))
            #expect(identity.keySet == TestCard.keySet(set))
            #expect(identity.serial == [0] + TestCard.serial && identity.key == TestKeys.shared.card.publicKey)
        }
        // Of the right key, under the name of the other root.
        #expect(throws: CWAFailure(step: .certificates, cause: .notAuthentic)) {
            try CWATerminal.test(.first).identify(through: TestCard(.second))
        }
    }

    @Test(arguments: [1, 100, 128, 256])
    func `takes answers in parts, which count as one`(part: Int) throws {
        let card = TestCard()
        card.part = part
        let channel = try CWATerminal.test().opened(to: card)
        for count in [0, 1, 99, 200, 231] {
            let data = randomBytes(count)
            #expect(try channel.transmit(.echo(data)).data == data)
        }
    }

    @Test func `goes through the PIN's channel, which the user's replaces while the PIN stays`() throws {
        let card = TestCard()
        let terminal = CWATerminal.test()
        let identity = try terminal.identify(through: card)
        let first = try terminal.open(.pin, to: identity, through: card, over: card)
        #expect(try first.transmit(CommandAPDU(0, 0x20, 0, 0), secret: secret(TestCard.pin)).isSuccess)
        let before = card.sent.count
        let second = try terminal.open(.user, to: identity, through: first, over: card)
        #expect(card.sent.count == before + 8)
        #expect(card.sent[before...].allSatisfy { $0.header[0] & 0x0C == 0x0C }, "all goes under the old keys")
        #expect(try second.transmit(.echo([1])).data == [1])
        #expect(card.role == .user && card.isVerified)
        #expect(!first.isOpen)
        #expect(throws: CardError.notAuthentic) { try first.transmit(.echo([1])) }
        #expect(try second.transmit(.echo([2])).data == [2], "the old channel has sent nothing")
    }

    @Test func `goes through the channel of PACE, which it replaces`() throws {
        let card = TestCard()
        let terminal = CWATerminal.test()
        func fresh() -> MessagingKeys {
            keys(.aes128, "000102030405060708090a0b0c0d0e0f", "101112131415161718191a1b1c1d1e1f")
        }
        let pace = SecureMessagingCard(keys: fresh())
        let lower = StubChannel { command in
            guard let plain = pace.unwrap(command) else { return ResponseAPDU(status: 0x6988) }
            return pace.wrap((try? card.transmit(plain)) ?? ResponseAPDU(status: 0x6F00))
        }
        let protected = SecureMessagingChannel(over: lower, keys: fresh())
        let identity = try terminal.identify(through: protected)
        let channel = try terminal.open(.pin, to: identity, through: protected, over: card)
        #expect(try channel.transmit(.echo([1])).data == [1])
    }

    // MARK: A card that is not what it says

    @Test func `believes no certificate of another's`() {
        let keys = TestKeys.shared
        let forged: [([UInt8], [UInt8])] = [
            // The card's by a stranger, the authority's by a stranger, each in the other's place.
            (keys.root.certificate(of: keys.authority), keys.other.certificate(of: keys.card)),
            (keys.other.certificate(of: keys.authority), keys.authority.certificate(of: keys.card)),
            (keys.other.certificate(of: keys.other), keys.other.certificate(of: keys.card)),
            (keys.authority.certificate(of: keys.card), keys.root.certificate(of: keys.authority)),
        ]
        for (authority, own) in forged {
            let card = TestCard()
            card.files = [[0x60, 0x20]: authority, [0x60, 0x1F]: own]
            #expect(
                failure { () throws(CWAFailure) in _ = try CWATerminal.test().identify(through: card) }
                    == CWAFailure(step: .certificates, cause: .notAuthentic))
        }
        let published = CWATerminal(CWASettings(generation: .third))
        #expect(
            failure { () throws(CWAFailure) in _ = try published.identify(through: TestCard()) }
                == CWAFailure(step: .certificates, cause: .notAuthentic), "the true roots know no test card")
    }

    @Test func `believes no certificate that was changed, cut or is not RSA of 1024 bits`() {
        let original = TestCard().files[[0x60, 0x1F]]!
        func fails(_ certificate: [UInt8]) -> Bool {
            let card = TestCard()
            card.files[[0x60, 0x1F]] = certificate
            return failure { () throws(CWAFailure) in _ = try CWATerminal.test().identify(through: card) } != nil
        }
        #expect(!fails(original) && !fails(original + [0, 0, 0]))
        for place in original.indices {
            var changed = original
            changed[place] ^= 1 << UInt8.random(in: 0..<8)
            #expect(fails(changed), "\(place)")
        }
        for count in 0..<original.count { #expect(fails(Array(original.prefix(count))), "\(count)") }
        #expect(fails(TestKeys.shared.authority.certificate(of: TestKey(bits: 2048))))
        #expect(fails([0x30, 0x82, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 5000)))
    }

    @Test func `finds out a card that has another's certificate, and not its key`() {
        let card = TestCard(key: TestKeys.shared.other)
        #expect(
            failure { () throws(CWAFailure) in _ = try CWATerminal.test().opened(to: card) }
                == CWAFailure(step: .internalAuthentication, cause: .notAuthentic))
        #expect(card.role == nil)
    }

    // MARK: On the way

    /// Where the commands of ``CWATerminal/open`` begin, and what they are.
    private func recorded() throws -> (start: Int, commands: [CommandAPDU]) {
        let card = TestCard()
        let terminal = CWATerminal.test()
        let identity = try terminal.identify(through: card)
        let start = card.sent.count
        _ = try terminal.open(.user, to: identity, through: card, over: card)
        return (start, Array(card.sent[start...]))
    }

    @Test func `stops at the step that the card refuses`() throws {
        let (start, commands) = try recorded()
        let steps: [CWAFailure.Step] = [
            .rootKey, .authorityCertificate, .authorityKey, .terminalCertificate, .keys, .internalAuthentication,
            .challenge, .externalAuthentication,
        ]
        #expect(commands.count == steps.count)
        for (place, step) in steps.enumerated() {
            let card = TestCard()
            card.change = { $0 == start + place ? ResponseAPDU(status: 0x6A80) : $1 }
            #expect(
                failure { () throws(CWAFailure) in _ = try CWATerminal.test().opened(to: card) }
                    == CWAFailure(step: step, cause: .refused(0x6A80)))
            #expect(card.sent.count == start + place + 1)
        }
    }

    @Test func `opens nothing, or nothing that works, after any answer was changed`() throws {
        let (start, commands) = try recorded()
        let terminal = CWATerminal.test()
        for place in commands.indices {
            for bit in stride(from: 0, to: (place == 5 ? 130 : place == 6 ? 10 : 2) * 8, by: place == 5 ? 7 : 1) {
                let card = TestCard()
                card.change = { $0 == start + place ? $1.flipped(bit) : $1 }
                #expect(throws: (any Error).self, "\(place) \(bit)") {
                    try terminal.opened(to: card).transmit(.echo([1]))
                }
            }
        }
        for (place, count) in [(5, 0), (5, 127), (5, 129), (6, 0), (6, 7), (6, 9), (7, 1)] {
            let card = TestCard()
            card.change = { at, answer in
                guard at == start + place else { return answer }
                let data = Array((answer.data + [0]).prefix(count))
                return ResponseAPDU(data: data + [UInt8](repeating: 0, count: count - data.count), status: 0x9000)
            }
            #expect(throws: CWAFailure.self, "\(place) \(count)") { try terminal.opened(to: card) }
        }
    }

    @Test func `gives no channel for a command that was changed on the way to the card`() throws {
        let (start, commands) = try recorded()
        let terminal = CWATerminal.test()
        for (place, command) in commands.enumerated() {
            for bit in stride(from: 32, to: (4 + command.data.count) * 8, by: command.data.count > 100 ? 7 : 1) {
                let card = TestCard()
                card.changeCommand = { $0 == start + place ? $1.flipped(bit) : $1 }
                #expect(throws: CWAFailure.self, "\(place) \(bit)") { try terminal.opened(to: card) }
                #expect(card.role == nil, "\(place) \(bit)")
            }
        }
    }

    @Test func `answers another challenge each time`() throws {
        let card = TestCard()
        let terminal = CWATerminal.test()
        let identity = try terminal.identify(through: card)
        let start = card.sent.count
        for _ in 0..<2 {
            _ = try terminal.open(.user, to: identity, through: card, over: card)
            card.reset()
        }
        let (first, second) = (card.sent[start..<start + 8], card.sent[(start + 8)...])
        #expect(Array(first.prefix(5)) == Array(second.prefix(5)))
        #expect(first.dropFirst(5).first != second.dropFirst(5).first && first.last != second.last)
    }
}
