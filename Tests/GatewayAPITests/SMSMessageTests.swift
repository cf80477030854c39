import ClaveDomain
import GatewayAPI
import SecureMemory
import Testing
import Wire

@Suite struct `The messages of an activation by SMS` {
    private static let start = SMSStart(
        document: "12345678Z", datumKind: "validity", datum: "31-12-2030", locale: "ca")

    private static func code(_ digits: String) -> SMSCode {
        SMSCode(SecretBytes(copying: Array(digits.utf8).span.bytes))
    }

    /// A body with a secret in it, which is written to guarded memory only.
    private static func plain(_ code: SMSCode) -> [UInt8] {
        code.secretBytes.withBytes { $0.withUnsafeBytes { Array($0) } }
    }

    private static func text(_ code: SMSCode) -> String? {
        code.code.withSecret { $0.withBytes { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } } }
    }

    /// The bytes as GATEWAY-API.md has them, and agents and gateways have exchanged them since the first version.
    @Test func `A message of an activation by SMS has the bytes that it always had`() {
        #expect(
            Self.start.bytes == [0, 0, 0, 9] + Array("12345678Z".utf8) + [0, 0, 0, 8] + Array("validity".utf8)
                + [0, 0, 0, 10] + Array("31-12-2030".utf8) + [0, 0, 0, 2] + Array("ca".utf8))
        #expect(SMSStartReply.sent(note: "", seconds: 600).bytes == [0, 0, 0, 0, 0, 0, 0, 2, 0x58])
        #expect(SMSStartReply.sent(note: "*6", seconds: 1).bytes == [0, 0, 0, 0, 2, 0x2A, 0x36, 0, 0, 0, 1])
        #expect(SMSStartReply.tooMany(seconds: 3600).bytes == [1, 0, 0, 0x0E, 0x10])
        #expect(Self.plain(Self.code("654321")) == [0, 0, 0, 6, 0x36, 0x35, 0x34, 0x33, 0x32, 0x31])
        #expect(SMSFinishReply.accepted.bytes == [0])
        #expect(SMSFinishReply.wrongCode(triesLeft: 4).bytes == [1, 0, 0, 0, 4])
        #expect(SMSFinishReply.codeOver.bytes == [2])
        #expect([SMSStart.step, SMSCode.step] == ["start", "finish"])
    }

    @Test func `A message of an activation by SMS decodes to what was encoded, and is refused when cut or longer`()
        throws
    {
        try check(Self.start)
        try check(SMSStartReply.sent(note: "see your phone", seconds: 600))
        try check(SMSStartReply.tooMany(seconds: .max))
        for reply in [SMSFinishReply.accepted, .wrongCode(triesLeft: 4), .codeOver] { try check(reply) }
        let bytes = Self.plain(Self.code("012345"))
        #expect(Self.text(try SMSCode.decode(bytes.span.bytes)) == "012345")
        requireWhole(bytes, SMSCode.self)
    }

    private func check<Value: Body & Equatable>(_ value: Value) throws {
        #expect(try Value.decode(value.bytes.span.bytes) == value)
        requireWhole(value.bytes, Value.self)
    }

    private func requireWhole<Value: Body>(_ bytes: [UInt8], _ type: Value.Type) {
        for length in bytes.indices {
            #expect(throws: WireError.self, "\(length)") { _ = try Value.decode(Array(bytes[..<length]).span.bytes) }
        }
        #expect(throws: WireError.self) { _ = try Value.decode((bytes + [0]).span.bytes) }
    }

    @Test(arguments: UInt8.min...UInt8.max) func `An outcome that has no meaning is refused`(byte: UInt8) {
        #expect(isRead([byte], SMSFinishReply.self) == [0, 2].contains(byte))
        #expect(isRead([byte, 0, 0, 0, 1], SMSFinishReply.self) == (byte == 1))
        #expect(isRead([byte, 0, 0, 0, 1], SMSStartReply.self) == (byte == 1))
        #expect(isRead([byte, 0, 0, 0, 0, 0, 0, 0, 1], SMSStartReply.self) == (byte == 0))
    }

    private func isRead<Value: Body>(_ bytes: [UInt8], _ type: Value.Type) -> Bool {
        (try? Value.decode(bytes.span.bytes)) != nil
    }

    @Test(arguments: ["", "12345", "1234567", "123456789012"])
    func `A code of another length than six digits is refused`(digits: String) {
        #expect(throws: WireError.self) { _ = try SMSCode.decode(Self.plain(Self.code(digits)).span.bytes) }
    }

    @Test func `A code has the length that the rules of the service give it`() {
        #expect(SMSCode.length == ClaveRules.smsCodeDigits)
    }

    @Test func `A field that is longer than its limit is refused`() {
        let long = String(repeating: "1", count: 65)
        for start in [
            SMSStart(document: String(long.prefix(33)), datumKind: "", datum: "", locale: ""),
            SMSStart(document: "", datumKind: String(long.prefix(17)), datum: "", locale: ""),
            SMSStart(document: "", datumKind: "", datum: String(long.prefix(33)), locale: ""),
            SMSStart(document: "", datumKind: "", datum: "", locale: long),
        ] {
            #expect(throws: WireError.tooLong) { try SMSStart.decode(start.bytes.span.bytes) }
        }
        let note = SMSStartReply.sent(note: String(repeating: "a", count: GatewayLimits.line + 1), seconds: 1)
        #expect(throws: WireError.tooLong) { try SMSStartReply.decode(note.bytes.span.bytes) }
    }
}
