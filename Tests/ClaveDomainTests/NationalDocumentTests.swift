import ClaveDomain
import Testing

@Suite struct NationalDocumentTests {
    static let dnis = ["00000000T", "00000001R", "12345678Z", "11111111H", "99999972C", "99999999R"]
    static let nies = ["X0000000T", "X1234567L", "Y1234567X", "Z1234567R", "Z9999999H"]

    @Test(arguments: dnis) func `a DNI is read as it is`(text: String) throws {
        let document = try NationalDocument(parsing: text)
        #expect(document.text == text)
        #expect(document.kind == .dni)
    }

    @Test(arguments: nies) func `a NIE is read as it is`(text: String) throws {
        let document = try NationalDocument(parsing: text)
        #expect(document.text == text)
        #expect(document.kind == .nie)
    }

    @Test(arguments: [
        (" 12345678z ", "12345678Z"), ("12.345.678-Z", "12345678Z"), ("12 345 678 z", "12345678Z"),
        ("12345678\u{A0}Z\n", "12345678Z"), ("12345678\u{2011}Z", "12345678Z"), ("1R", "00000001R"),
        ("0t", "00000000T"),
        ("x-1234567-l", "X1234567L"), ("Y 1.234.567 x", "Y1234567X"),
    ]) func `separators, small letters and missing zeros are put right`(typed: String, text: String) throws {
        #expect(try NationalDocument(parsing: typed).text == text)
    }

    @Test(
        arguments: [
            ("", .malformedDocument), ("   ", .malformedDocument), ("T", .malformedDocument), ("-", .malformedDocument),
            ("12345678", .missingLetter), ("1234", .missingLetter), ("X1234567", .missingLetter),
            ("12345678A", .wrongLetter), ("X1234567A", .wrongLetter), ("12345678I", .wrongLetter),
            ("1234567Z", .malformedDocument), ("123456789", .malformedDocument), ("012345678Z", .malformedDocument),
            ("X123456L", .malformedDocument), ("X01234567L", .malformedDocument), ("X1234567LL", .malformedDocument),
            ("X12345678", .malformedDocument), ("W1234567L", .companyDocument), ("A58818501", .companyDocument),
            ("Q2826000H", .companyDocument), ("K1234567L", .specialPersonDocument),
            ("M1234567L", .specialPersonDocument),
            ("12345678Ñ", .malformedDocument), ("１２３４５６７８Z", .malformedDocument), ("1234_678Z", .malformedDocument),
            ("12345678Z\0", .malformedDocument), ("I1234567L", .malformedDocument),
            (String(repeating: "0", count: 65), .tooLong),
        ] as [(String, DomainError.Code)])
    func `anything else is refused with its reason`(typed: String, code: DomainError.Code) {
        #expect(refusal { () throws(DomainError) in try NationalDocument(parsing: typed) } == code)
    }

    @Test(arguments: dnis + nies) func `every change of one digit is refused`(text: String) {
        for (index, original) in text.enumerated() where original.isNumber {
            for digit in "0123456789" where digit != original {
                var characters = Array(text)
                characters[index] = digit
                #expect(wrongLetter(String(characters)))
            }
        }
    }

    @Test(arguments: dnis + nies) func `every exchange of two neighbours is refused`(text: String) {
        for index in 0..<8 {
            var characters = Array(text)
            characters.swapAt(index, index + 1)
            guard String(characters) != text else { continue }
            #expect(throws: DomainError.self) { try NationalDocument(parsing: String(characters)) }
        }
    }

    @Test(arguments: dnis + nies) func `only one letter of the alphabet is right`(text: String) {
        let right = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".filter { !wrongLetter(text.dropLast() + String($0)) }
        #expect(right == String(text.suffix(1)))
    }

    @Test(arguments: nies) func `every change of a NIE's first letter is refused`(text: String) {
        for lead in "XYZ" where lead != text.first {
            #expect(wrongLetter(String(lead) + text.dropFirst()))
        }
    }

    @Test func `every number with its computed letter is read back`() throws {
        for number in stride(from: 0, through: 99_999_999, by: 99_991) {
            let digits = String(number)
            let letter = String(NationalDocument.checkLetter(of: number))
            let full = String(repeating: "0", count: 8 - digits.count) + digits + letter
            #expect(try NationalDocument(parsing: full).text == full)
            #expect(try NationalDocument(parsing: digits + letter).text == full)
        }
    }

    @Test func `every prefix of a document is refused`() {
        for text in Self.dnis + Self.nies {
            for length in 0..<text.count {
                #expect(throws: DomainError.self) { try NationalDocument(parsing: String(text.prefix(length))) }
            }
        }
    }

    @Test func `no way of printing shows the whole number`() throws {
        let document = try NationalDocument(parsing: "12345678Z")
        #expect(document.masked == "****5678Z")
        #expect("\(document)" == "****5678Z")
        #expect(String(reflecting: document) == "****5678Z")
        #expect(try NationalDocument(parsing: "X1234567L").masked == "****4567L")
    }

    private func wrongLetter(_ text: String) -> Bool {
        refusal { () throws(DomainError) in try NationalDocument(parsing: text) } == .wrongLetter
    }
}
