import SecureMemory
import SmartCard
import Testing

@testable import SecureMessaging

/// What the card demands of a terminal.
@Suite struct `A card of CWA 14890` {
    private func commands(_ set: CWAKeySet = .second, role: CWARole = .user, to card: TestCard) throws -> [CommandAPDU]
    {
        let terminal = CWATerminal.test(set)
        let identity = try terminal.identify(through: card)
        let start = card.sent.count
        _ = try terminal.open(role, to: identity, through: card, over: card)
        card.reset()
        return Array(card.sent[start...])
    }

    @Test func `takes no terminal of another root`() {
        for (own, others) in [(CWAKeySet.first, CWAKeySet.second), (.second, .first)] {
            let card = TestCard(own)
            // It says that it is of the other set.
            card.files[[0x60, 0x20]] = TestKeys.shared.root.certificate(of: TestKeys.shared.authority, in: others)
            #expect(throws: CWAFailure(step: .authorityCertificate, cause: .refused(0x6A80))) {
                try CWATerminal.test(others).opened(to: card)
            }
            #expect(card.role == nil)
        }
    }

    @Test func `takes no terminal that has another's certificate, and not its key`() {
        let card = TestCard()
        var set = TestCard.keySet()
        set.user.modulus = CWAKeySet.second.pin.modulus
        set.user.publishedExponent = CWAKeySet.second.pin.publishedExponent
        let terminal = CWATerminal(CWASettings(generation: .third), keySets: [set])
        // It can't even read the card's proof.
        #expect(throws: CWAFailure(step: .internalAuthentication, cause: .notAuthentic)) {
            try terminal.opened(to: card)
        }
    }

    @Test func `takes each step only after the one before`() throws {
        let card = TestCard()
        let steps = try commands(to: card)
        for skipped in 0..<steps.count - 1 {
            card.reset()
            // A plain challenge is anybody's.
            let answers = try steps.enumerated().filter { $0.offset != skipped }.map { try card.transmit($0.element) }
            #expect(!(answers.last?.isSuccess ?? true), "without step \(skipped)")
            #expect(card.role == nil, "without step \(skipped)")
        }
    }

    @Test func `believes no proof twice, and none with a bit changed`() throws {
        let card = TestCard()
        let steps = try commands(to: card)
        for command in steps.dropLast() { _ = try card.transmit(command) }
        #expect(try card.transmit(steps.last!).status == 0x6300, "its challenge is another one")
        #expect(try card.transmit(steps.last!).status == 0x6985, "all begins anew")
        #expect(card.role == nil)
    }

    @Test func `gives the role that the certificate says, not the one that was asked for`() throws {
        let card = TestCard()
        var set = TestCard.keySet()
        set.user = set.pin
        let terminal = CWATerminal(CWASettings(generation: .third), keySets: [set])
        _ = try terminal.opened(.user, to: card)
        #expect(card.role == .pin)
    }

    @Test func `answers any command without falling`() throws {
        let card = TestCard()
        let steps = try commands(to: card)
        for command in steps {
            for count in 0..<command.data.count {
                let header = command.header
                let cut = CommandAPDU(
                    header[0], header[1], header[2], header[3], data: Array(command.data.prefix(count)))
                #expect(try !card.transmit(cut).isSuccess || header[1] == 0x84)
                #expect(card.role == nil)
            }
        }
        for _ in 0..<2000 {
            let random = randomBytes(.random(in: 4...60))
            _ = try card.transmit(CommandAPDU(random[0], random[1], 0, 0, data: Array(random[4...])))
            #expect(card.role == nil)
        }
    }
}
