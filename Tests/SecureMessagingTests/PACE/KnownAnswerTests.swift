import SecureMemory
import SecureMessaging
import SmartCard
import Testing

/// PACE byte by byte, on both sides.
@Suite struct `A known run of PACE` {
    private func password(_ run: KnownRun) -> PACEPassword? {
        // Document number, date of birth, date of expiry, each with its check digit.
        run.nonce == KnownRun.icao.nonce
            ? PACEPassword(mrz: secret(Array("T22000129364081251010318".utf8)))
            : PACEPassword(can: secret(Array("123456".utf8)))
    }

    /// A command that shows by its bytes which keys the channel has.
    private let select = CommandAPDU(0, 0xA4, 4, 0, data: Array("Master.File".utf8))

    @Test(arguments: [KnownRun.icao, .can])
    func `has the terminal send these bytes and come to these keys`(run: KnownRun) throws {
        var place = 0
        let card = StubChannel { _ in
            defer { place += 1 }
            return place < run.messages.count
                ? ResponseAPDU(bytes: hex(run.messages[place].1))! : ResponseAPDU(status: 0x6F00)
        }
        let numbers = PACENumbers(
            mapping: secret(hex(run.terminalMapping)), agreement: secret(hex(run.terminalAgreement)))
        let channel = try PACETerminal.open(over: card, .dnie, with: password(run)!, numbers: numbers)
        #expect(card.sent.map(\.bytes) == run.messages.map { hex($0.0) })

        let same = StubChannel { _ in ResponseAPDU(status: 0x6F00) }
        let known = SecureMessagingChannel(over: same, keys: keys(.aes128, run.encryption, run.authentication))
        for channel in [channel, known] {
            #expect(throws: CardError.refused(0x6F00)) { try channel.transmit(select) }
        }
        #expect(card.sent.last == same.sent.last)
    }

    @Test(arguments: [KnownRun.icao, .can])
    func `has the card answer with these bytes`(run: KnownRun) {
        let card = PACECard(.dnie) { _ in password(run) }
        card.prepare(
            nonce: secret(hex(run.nonce)),
            numbers: PACENumbers(mapping: secret(hex(run.cardMapping)), agreement: secret(hex(run.cardAgreement))))
        for (command, answer) in run.messages {
            switch card.answer(CommandAPDU(bytes: hex(command))!) {
            case .answer(let said), .opened(let said, _): #expect(said.bytes == hex(answer))
            default: Issue.record("no answer to \(command)")
            }
        }
    }
}
