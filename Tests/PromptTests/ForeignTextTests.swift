import AgentProtocol
import Glibc
import Localization
import Testing

@testable import Prompt

@Suite struct ForeignTextTests {
    @Test(arguments: [
        ("City Council", "\"City Council\""), ("a\"b", "\"a'b\""), ("a\nb\tc", "\"a b c\""), ("", "\"\""),
        ("l'Hospitalet de Llobregat · ñ", "\"l'Hospitalet de Llobregat · ñ\""), ("a\u{200B}b\u{AD}", "\"a?b?\""),
        ("a\u{202E}b", "\"a?b\""), ("a\u{E0041}", "\"a?\""), ("a\u{3000}\u{2028}b", "\"a  b\""),
        ("a\u{E000}", "\"a?\""),
        ("a\u{1B}[2J", "\"a [2J\""),
    ])
    func `foreign text is one visible line`(text: String, expected: String) {
        #expect(ForeignText.quoted(text, width: 60) == expected)
    }

    @Test func `what is too wide is cut and marked`() {
        #expect(ForeignText.plain("12345", width: 5) == "12345")
        #expect(ForeignText.plain("123456", width: 5) == "1234…")
    }
}
