import SmartCard
import Testing

@Suite struct `A command to a card` {
    @Test(arguments: [
        (CommandAPDU(0, 0xA4, 4, 0), "00a40400"), (CommandAPDU(0, 0xB0, 0, 0, expected: 256), "00b0000000"),
        (CommandAPDU(0, 0xB0, 0, 0, expected: 16), "00b0000010"),
        (CommandAPDU(0, 0xA4, 0, 0, data: [1, 2]), "00a40000020102"),
        (CommandAPDU(0, 0xA4, 0, 0, data: [1, 2], expected: 256), "00a4000002010200"),
        (CommandAPDU(0, 0xB0, 0, 0, expected: 257), "00b00000000101"),
        (CommandAPDU(0, 0xB0, 0, 0, expected: 65_536), "00b00000000000"),
        (CommandAPDU(0, 0x2A, 0, 0, data: [1, 2], expected: 300), "002a00000000020102012c"),
    ])
    func `has the bytes of ISO 7816-4, and is read from them`(command: CommandAPDU, bytes: String) {
        #expect(command.bytes.map { String(0x100 + UInt32($0), radix: 16).dropFirst() }.joined() == bytes)
        #expect(CommandAPDU(bytes: command.bytes) == command)
    }

    @Test func `is none where its lengths don't fit`() {
        for bytes: [UInt8] in [
            [], [0, 0xA4, 0], [0, 0xA4, 0, 0, 3, 1, 2], [0, 0xA4, 0, 0, 1, 1, 2, 3], [0, 0xA4, 0, 0, 0, 0, 3, 1, 2],
            [0, 0xA4, 0, 0, 0, 0], [0, 0xA4, 0, 0, 0, 0, 0, 1],
        ] { #expect(CommandAPDU(bytes: bytes) == nil, "\(bytes)") }
        #expect(ResponseAPDU(bytes: [0x90]) == nil)
        #expect(ResponseAPDU(bytes: [1, 0x90, 0]) == ResponseAPDU(data: [1], status: 0x9000))
    }
}
