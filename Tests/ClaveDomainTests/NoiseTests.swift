import Testing

@testable import ClaveDomain

@Suite struct `Whatever is typed` {
    /// Texts near to what the parsers take: their own signs, in random order and number.
    private static func noise(_ generator: inout SystemRandomNumberGenerator) -> String {
        let signs = Array("0123456789XYZKLMTRWABCEÑñç-/+.@ ' \t\u{301}\u{0}＋５٣\u{200F}")
        return String(
            (0..<Int.random(in: 0...18, using: &generator)).map { _ in signs.randomElement(using: &generator)! })
    }

    @Test func `is refused, or read to something that is read back as the same`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50_000 {
            let text = Self.noise(&generator)
            if let document = try? NationalDocument(parsing: text) {
                #expect(try NationalDocument(parsing: document.text) == document)
                for typed in [text, Self.noise(&generator)] {
                    guard let datum = try? ContrastDatum(parsing: typed, for: document) else { continue }
                    let again = try ContrastDatum(kindName: datum.kindName, canonicalText: datum.canonicalText)
                    #expect(again == datum)
                }
            }
            if let phone = try? PhoneNumber(parsing: text) { #expect(try PhoneNumber(parsing: phone.text) == phone) }
            if let name = try? PersonName(parsing: text) { #expect(try PersonName(parsing: name.text) == name) }
            if let date = try? CivilDate(parsing: text) { #expect(try CivilDate(parsing: "\(date)") == date) }
            if let code = try? LetterCode(parsing: text) { #expect(try LetterCode(parsing: code.text) == code) }
            if let email = try? EmailAddress(parsing: text) { #expect(try EmailAddress(parsing: email.text) == email) }
            if let number = try? SupportNumber(parsing: text) {
                #expect(try SupportNumber(parsing: number.text) == number)
            }
        }
    }
}
