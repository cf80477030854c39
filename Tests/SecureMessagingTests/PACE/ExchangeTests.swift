import SecureMemory
import SecureMessaging
import SmartCard
import Testing

@Suite struct `PACE between terminal and card` {
    static let infos = PACECurve.allCases.flatMap { curve in
        [MessagingCipher.aes128, .aes192, .aes256].map { PACEInfo(cipher: $0, curve: curve)! }
    }

    @Test(arguments: infos) func `opens a channel on every curve with every cipher`(info: PACEInfo) throws {
        let channel = try open(EchoCard(info), info)
        #expect(try channel.transmit(CommandAPDU(0, 0xCA, 0, 0, data: [1, 2, 3], expected: 256)).data == [1, 2, 3])
    }

    @Test(arguments: infos) func `ends at another number, in the last step`(info: PACEInfo) {
        let card = EchoCard(info)
        #expect(throws: PACEError.wrongPassword(triesLeft: nil)) { _ = try open(card, info, can: "123457") }
        #expect(card.record.count == 5 && card.messaging == nil)
    }

    @Test(arguments: [
        (UInt16(0x6300), PACEError.wrongPassword(triesLeft: nil)), (0x63C2, .wrongPassword(triesLeft: 2)),
        (0x6983, .refused(.confirmation, 0x6983)), (0x6A80, .refused(.confirmation, 0x6A80)),
    ])
    func `tells a wrong number from other refusals in the last step`(status: UInt16, error: PACEError) {
        let card = EchoCard()
        card.change = { $0 == 4 ? ResponseAPDU(status: status) : $1 }
        #expect(throws: error) { _ = try open(card) }
        #expect(error.isAboutPassword)
    }

    @Test func `stops where the card refuses, with the step`() {
        for step in PACEStep.allCases.dropLast() {
            let card = EchoCard()
            card.change = { $0 == step.rawValue ? ResponseAPDU(status: 0x6300) : $1 }
            #expect(throws: PACEError.refused(step, 0x6300)) { _ = try open(card) }
            #expect(card.record.count == step.rawValue + 1)
        }
    }

    @Test func `takes no key that is its own, off the curve or at infinity`() {
        for (step, tag) in [(PACEStep.mapping, UInt8(0x82)), (.agreement, 0x84)] {
            func error(_ make: @escaping (CommandAPDU, ResponseAPDU) -> [UInt8]) -> PACEError? {
                let card = EchoCard()
                var asked = CommandAPDU(0, 0, 0, 0)
                card.changeCommand = {
                    asked = $1; return $1
                }
                card.change = { place, answer in
                    guard place == step.rawValue else { return answer }
                    let key = make(asked, answer)
                    return ResponseAPDU(
                        data: [0x7C, UInt8(key.count + 2), tag, UInt8(key.count)] + key, status: 0x9000)
                }
                do { _ = try open(card) } catch { return error }
                return nil
            }
            let bad = PACEError.badKey(step)
            #expect(error { command, _ in Array(command.data.suffix(65)) } == bad)
            #expect(error { _, answer in Array(answer.data.suffix(65).dropLast()) + [answer.data.last! ^ 1] } == bad)
            #expect(error { _, _ in [0] } == bad)
            #expect(error { _, _ in [4] + [UInt8](repeating: 0, count: 64) } == bad)
            #expect(error { _, answer in Array(answer.data.suffix(65).dropLast()) } == bad)
        }
    }

    /// Every bit of every answer, and every shorter answer.
    @Test func `believes nothing that was changed on the way to the terminal`() throws {
        let recorded = EchoCard()
        _ = try open(recorded)
        for (place, (_, answer)) in recorded.record.enumerated() {
            for bit in 0..<answer.bytes.count * 8 {
                #expect(throws: PACEError.self, "\(place) \(bit)") {
                    let card = EchoCard()
                    card.change = { $0 == place ? flipped($1, bit) : $1 }
                    _ = try open(card)
                }
            }
            for count in 2..<max(2, answer.bytes.count) {
                #expect(throws: PACEError.self, "\(place) \(count)") {
                    let card = EchoCard()
                    card.change = { $0 == place ? ResponseAPDU(bytes: Array($1.bytes.prefix(count)))! : $1 }
                    _ = try open(card)
                }
            }
        }
    }

    @Test func `opens nothing for a command that was changed on the way to the card`() throws {
        let recorded = EchoCard()
        _ = try open(recorded)
        for (place, (command, _)) in recorded.record.enumerated() {
            for bit in 0..<command.data.count * 8 {
                let card = EchoCard()
                card.changeCommand = { at, command in
                    guard at == place else { return command }
                    let header = command.header
                    var data = command.data
                    data[bit / 8] ^= 1 << UInt8(bit % 8)
                    return CommandAPDU(header[0], header[1], header[2], header[3], data: data, expected: 256)
                }
                #expect(throws: PACEError.self, "\(place) \(bit)") { _ = try open(card) }
                #expect(card.messaging == nil, "\(place) \(bit)")
            }
        }
    }

    private func flipped(_ answer: ResponseAPDU, _ bit: Int) -> ResponseAPDU {
        var bytes = answer.bytes
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return ResponseAPDU(bytes: bytes)!
    }

    @Test func `is offered by EF.CardAccess, with what is not known left out`() {
        let dnie = hex("3114 3012 060A 04007F00070202040202 020102 02010D")
        #expect(PACEInfo.offers(in: dnie) == [.dnie])
        #expect(PACEInfo.offers(in: dnie + [0, 0, 0]) == [.dnie])
        #expect(PACEInfo.file(offering: [.dnie]) == dnie)
        #expect(Set(PACEInfo.offers(in: PACEInfo.file(offering: Self.infos)) ?? []) == Set(Self.infos))
        let tripleDES = hex("3114 3012 060A 04007F00070202040201 020102 02010D")
        let versionOne = hex("3114 3012 060A 04007F00070202040202 020101 02010D")
        let integrated = hex("3114 3012 060A 04007F00070202040402 020102 02010D")
        for other in [tripleDES, versionOne, integrated] { #expect(PACEInfo.offers(in: other) == []) }
        for count in 0..<dnie.count { #expect(PACEInfo.offers(in: Array(dnie.prefix(count))) == nil) }
        #expect(PACEInfo.offers(in: dnie + [1]) == nil)
        #expect(PACEInfo.offers(in: dnie + [UInt8](repeating: 0, count: PACEInfo.fileLimit)) == nil)
    }

    @Test func `takes six digits alone for a card access number`() {
        for text in ["", "12345", "1234567", "12345a", "12345\u{0}"] {
            let isNone = PACEPassword(can: secret(Array(text.utf8))) == nil
            #expect(isNone, "\(text)")
        }
    }
}
