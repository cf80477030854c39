import SmartCard
import Testing

/// A card that answers the same to everything, or is gone.
private final class OneAnswer: CardChannel {
    let answer: ResponseAPDU?
    init(_ answer: ResponseAPDU?) { self.answer = answer }

    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        guard let answer else { throw .removed }
        return answer
    }
}

@Suite struct `What is written of commands and answers` {
    private static let secret: [UInt8] = Array("Prueba123".utf8)
    private static let hidden = secret.map { String(0x100 + Int($0), radix: 16, uppercase: true).dropFirst() }.joined()

    @Test func `shows names, places and numbers`() {
        #expect(APDULog.line(CommandAPDU(0, 0xA4, 4, 0, data: [0xD2, 1], expected: 256)) == "00A40400 D201 Le 256")
        #expect(APDULog.line(CommandAPDU(0, 0x22, 0x41, 0xB6, data: [0x84, 2, 1, 2])) == "002241B6 84020102")
        #expect(APDULog.line(CommandAPDU(0, 0xB0, 0, 0, expected: 8)) == "00B00000 Le 8")
        #expect(APDULog.line(CommandAPDU(0x90, 0xB8, 0, 0, expected: 7)) == "90B80000 Le 7")
        let select = CommandAPDU(0, 0xA4, 0, 0, data: [0x3F, 0])
        #expect(APDULog.line(ResponseAPDU(data: [0x6F, 0], status: 0x9000), to: select) == "6F00 9000")
        #expect(APDULog.line(ResponseAPDU(status: 0x6A82), to: select) == "6A82")
    }

    @Test(arguments: [
        CommandAPDU(0, 0x20, 0, 0, data: secret), CommandAPDU(0, 0x24, 0, 0, data: secret),
        CommandAPDU(0, 0x2C, 0, 0, data: secret), CommandAPDU(0x10, 0x86, 0, 0, data: secret),
        CommandAPDU(0, 0x82, 0, 0, data: secret), CommandAPDU(0, 0x2A, 0x9E, 0x9A, data: secret),
        CommandAPDU(0, 0xD6, 0, 0, data: secret), CommandAPDU(0x0C, 0xA4, 0, 0, data: secret),
        CommandAPDU(0x08, 0xA4, 0, 0, data: secret), CommandAPDU(0x04, 0x22, 0, 0, data: secret),
        CommandAPDU(0x60, 0xA4, 0, 0, data: secret), CommandAPDU(0, 0x77, 0, 0, data: secret),
    ])
    func `hides what may be secret in a command`(command: CommandAPDU) {
        let line = APDULog.line(command)
        #expect(line.contains("(9 bytes)"))
        #expect(!line.contains(Self.hidden))
    }

    @Test func `hides a command's data for every instruction that is not known to be open`() {
        let open: Set<UInt8> = [0xA4, 0x22, 0xB0, 0xB1, 0xCA, 0xCB]
        for instruction in UInt8.min...UInt8.max {
            let line = APDULog.line(CommandAPDU(0, instruction, 0, 0, data: Self.secret))
            #expect(line.contains(Self.hidden) == open.contains(instruction))
            let secured = APDULog.line(CommandAPDU(0x0C, instruction, 0, 0, data: Self.secret))
            #expect(!secured.contains(Self.hidden))
        }
    }

    @Test func `hides what files hold, and all answers that are secured`() {
        let answer = ResponseAPDU(data: Self.secret, status: 0x9000)
        for command in [CommandAPDU(0, 0xB0, 0, 0, expected: 9), CommandAPDU(0x0C, 0xA4, 0, 0, expected: 256)] {
            #expect(APDULog.line(answer, to: command) == "(9 bytes) 9000")
        }
    }

    @Test func `is told before and after each command, and of each that fails`() throws {
        var lines: [String] = []
        let log = LoggedChannel(OneAnswer(ResponseAPDU(status: 0x63C2))) { lines.append($0) }
        #expect(try log.transmit(CommandAPDU(0, 0x20, 0, 0, data: Self.secret)).status == 0x63C2)
        #expect(lines == ["> 00200000 (9 bytes)", "< 63C2"])
        let failing = LoggedChannel(OneAnswer(nil)) { lines.append($0) }
        #expect(throws: CardError.removed) { try failing.transmit(CommandAPDU(0, 0xA4, 0, 0)) }
        #expect(lines.suffix(2) == ["> 00A40000", "! removed"])
    }
}
