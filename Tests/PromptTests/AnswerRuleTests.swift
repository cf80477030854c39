import AgentProtocol
import SecureMemory
import Testing

@testable import Prompt

@Suite struct AnswerRuleTests {
    /// The accepted value, or the fault's name.
    private func outcome(_ rule: AnswerRule, _ typed: [UInt8]) -> String {
        switch rule.check(SecretBytes(copying: typed.span.bytes)) {
        case .failure(let error): return "\(error.fault)"
        case .success(let box):
            let text = box.withSecret { secret in
                secret.withBytes { bytes in
                    String(
                        decoding: (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) },
                        as: UTF8.self)
                }
            }
            return "<\(text ?? "")>"
        }
    }

    @Test(arguments: [
        (FieldDescription.Kind.digits, "123456", "<123456>"), (.digits, " 123456\t", "<123456>"),
        (.digits, "12345", "tooShort"),
        (.digits, "1234567", "tooLong"), (.digits, "12 456", "notDigits"), (.digits, "١٢٣", "notDigits"),
        (.digits, "", "tooShort"),
        (.text, "Núria", "<Núria>"), (.text, "  Núria", "<Núria>"), (.text, "a\nb", "notText"),
        (.text, "abc\u{7F}de", "notText"),
        (.secret, " spaces", "tooLong"), (.secret, " space", "< space>"), (.file, "/a/b/c ", "</a/b/c>"),
    ])
    func `a field's value keeps its rule`(kind: FieldDescription.Kind, typed: String, expected: String) {
        #expect(outcome(AnswerRule(field: Fixture.field(kind)), Array(typed.utf8)) == expected)
    }

    @Test(
        arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xE2, 0x82], [0x61, 0x80], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]])
    func `what is not UTF-8 is no text`(bytes: [UInt8]) {
        let rule = AnswerRule(field: Fixture.field(.text, lengths: 0...20))
        #expect(outcome(rule, bytes) == "notText")
    }

    @Test(arguments: [
        ("mobile", "<mobile>"), ("1", "<mobile>"), (" 2 ", "<a card>"), ("a card", "<a card>"), ("0", "notAChoice"),
        ("3", "notAChoice"), ("-1", "notAChoice"), ("", "notAChoice"), ("Mobile", "notAChoice"),
        ("mobile x", "notAChoice"),
        ("99999999999999999999", "notAChoice"), ("-9223372036854775808", "notAChoice"),
    ])
    func `a choice is one of its choices`(typed: String, expected: String) {
        let rule = AnswerRule(field: Fixture.field(.choice, lengths: 0...20, choices: ["mobile", "a card"]))
        #expect(outcome(rule, Array(typed.utf8)) == expected)
    }

    @Test(arguments: [
        ("12345678", "<12345678>"), ("ñññññññ", "tooShort"), ("ññññññññ", "<ññññññññ>"), ("", "tooShort"),
    ])
    func `a new passphrase has eight characters, not bytes`(typed: String, expected: String) {
        #expect(outcome(.newPassphrase, Array(typed.utf8)) == expected)
    }

    @Test func `an existing passphrase is anything but nothing`() {
        #expect(outcome(.passphrase, []) == "tooShort")
        #expect(outcome(.passphrase, [0x20]) == "< >")
    }

    @Test(arguments: ["yes", "YES", "y", "Y", " yes ", "sí", "SÍ", "si", "si\u{301}"])
    func `the word for yes is a yes`(line: String) {
        #expect(TerminalWay.isYes(line, in: "sí"))
    }

    @Test(arguments: ["", " ", "no", "s", "ye", "yes!", "y e s", "oui", "sí sí", "\u{0}yes"])
    func `any other word is a no`(line: String) {
        #expect(!TerminalWay.isYes(line, in: "sí"))
    }
}
