import ClaveDomain
import Testing

@Suite struct PersonNameTests {
    @Test(arguments: [
        ("ANA", "ANA"), ("ana maría", "ANA MARÍA"), ("  JOSÉ \t LUIS ", "JOSÉ LUIS"), ("MUÑOZ", "MUÑOZ"),
        ("MUN\u{303}OZ", "MUÑOZ"), ("François", "FRANÇOIS"), ("O’NEILL", "O'NEILL"), ("GARCÍA-PUIG", "GARCÍA-PUIG"),
        ("MARCEL·LÍ", "MARCEL·LÍ"), ("d'ors i rovira", "D'ORS I ROVIRA"), ("ȘTEFĂNESCU", "ȘTEFĂNESCU"), ("STRAẞ", nil),
    ]) func `a name becomes capitals with composed accents`(typed: String, text: String?) {
        let name = try? PersonName(parsing: typed)
        #expect(name?.text.utf8.elementsEqual((text ?? "").utf8) ?? (text == nil))
    }

    @Test(arguments: ["", "  ", "-", "ANA -", "ANA1", "ANA;", "<B>", "АННА", "ANA\0", "安娜", "A\u{338}"])
    func `what is no name is refused`(typed: String) {
        #expect(refusal { () throws(DomainError) in try PersonName(parsing: typed) } == .malformedName)
    }

    @Test func `a hundred bytes fit, one more does not`() throws {
        #expect(try PersonName(parsing: String(repeating: "Ñ", count: 50)).text.utf8.count == 100)
        for typed in [String(repeating: "Ñ", count: 50) + "A", String(repeating: "A", count: 10_000)] {
            #expect(refusal { () throws(DomainError) in try PersonName(parsing: typed) } == .tooLong)
        }
    }

    @Test func `a whole name has one surname or two`() throws {
        let given = try PersonName(parsing: "Ana")
        let surname = try PersonName(parsing: "Puig")
        #expect(FullName(given: given, surname: surname).text == "ANA PUIG")
        #expect(FullName(given: given, surname: surname, secondSurname: surname).text == "ANA PUIG PUIG")
    }
}
