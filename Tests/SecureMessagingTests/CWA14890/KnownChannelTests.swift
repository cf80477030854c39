import SecureMemory
import SmartCard
import Testing

@testable import SecureMessaging

/// Computed by an independent script of this project, whose formulas OpenSC has taken and made.
@Suite struct `A known channel of CWA 14890` {
    private static let terminalHalf = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    private static let cardHalf = hex("404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f")

    private let verify = CommandAPDU(0, 0x20, 0, 0, data: hex("50696e3132333435"))
    private let read = CommandAPDU(0, 0xB0, 0, 0, expected: 8)

    private func session(_ generation: CWAGeneration) -> CWASession {
        CWASession(
            secret(Self.cardHalf), secret(Self.terminalHalf), card: hex("b0b1b2b3b4b5b6b7"),
            terminal: hex("a0a1a2a3a4a5a6a7"), generation: generation)!
    }

    @Test(arguments: [CWAGeneration.second, .third])
    func `has these keys and this counter`(generation: CWAGeneration) {
        let session = session(generation)
        let shared = CWABytes.exclusiveOr(secret(Self.cardHalf), secret(Self.terminalHalf))
        let bytes = [
            shared.withBytes { CWABytes.array($0) },
            session.protection.keys.encryption.withBytes { CWABytes.array($0) },
        ]
        let code = session.protection.keys.authentication.withBytes { CWABytes.array($0) }
        #expect(bytes == [[UInt8](repeating: 0x40, count: 32), hex("1721cabb7ba27f6280132d403980f742")])
        #expect(code == hex("212df691b1caad7e9fa2ff4dc585fecd"))
        let counter = session.protection.counter
        #expect(counter == hex("b4b5b6b7a4a5a6a7"))
    }

    @Test(arguments: [
        (
            CWAGeneration.third, "0c2000001d87110140f971755a70c3608d5fa4260b5d5f168e087f9bd9dc4103456f",
            "990290008e08362c61aae32bd7859000", "0cb000000d9701088e08f4c3875fdfbac71c"
        ),
        (
            .second, "0c2000001987110140f971755a70c3608d5fa4260b5d5f168e047f9bd9dc", "990290008e04362c61aa9000",
            "0cb00000099701088e04f4c3875f"
        ),
    ])
    func `has these bytes go both ways`(
        generation: CWAGeneration, sealedVerify: String, sealedAnswer: String, sealedRead: String
    ) throws {
        var terminal = session(generation)
        var card = session(generation)
        let first = terminal.protect(verify, data: verify.data.span.bytes, trailing: false)
        #expect(first?.bytes == hex(sealedVerify))
        let opened = try card.open(CommandAPDU(bytes: hex(sealedVerify))!)
        #expect(opened.header == verify.header && opened.data == verify.data)
        let answer = card.protect(ResponseAPDU(status: 0x9000))
        #expect(answer?.bytes == hex(sealedAnswer))
        let understood = terminal.open(ResponseAPDU(bytes: hex(sealedAnswer))!)
        #expect(understood == ResponseAPDU(status: 0x9000))
        let second = terminal.protect(read, data: read.data.span.bytes, trailing: false)
        #expect(second?.bytes == hex(sealedRead))
        let (sent, heard) = (terminal.protection.counter, card.protection.counter)
        #expect(sent == hex("b4b5b6b7a4a5a6aa") && heard == hex("b4b5b6b7a4a5a6a9"))
        let reopened = try card.open(CommandAPDU(bytes: hex(sealedRead))!)
        #expect(reopened == read)
    }

    @Test func `counts on from the last number to zero`() throws {
        func last() -> CWASession {
            CWASession(
                secret(Self.cardHalf), secret(Self.terminalHalf), card: [UInt8](repeating: 0xFF, count: 8),
                terminal: [UInt8](repeating: 0xFF, count: 8), generation: .third)!
        }
        var terminal = last()
        var card = last()
        let sealed = terminal.protect(verify, data: verify.data.span.bytes, trailing: false)!
        let counter = terminal.protection.counter
        #expect(counter == [UInt8](repeating: 0, count: 8))
        let opened = try card.open(sealed)
        #expect(opened.data == verify.data)
    }
}
