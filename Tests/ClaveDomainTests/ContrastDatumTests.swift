import ClaveDomain
import Testing

@Suite struct ContrastDatumTests {
    let dni: NationalDocument
    let nie: NationalDocument

    init() throws {
        dni = try NationalDocument(parsing: "12345678Z")
        nie = try NationalDocument(parsing: "X1234567L")
    }

    @Test(arguments: [
        ("9999999", "C09999999"), ("C09999999", "C09999999"), ("c9999999", "C09999999"), ("E12345678", "E12345678"),
        ("e 123", "E00000123"), ("E-12.345.678", "E12345678"), ("0", "C00000000"), ("12345678", "C12345678"),
    ]) func `a support number is completed`(typed: String, text: String) throws {
        #expect(try SupportNumber(parsing: typed).text == text)
    }

    @Test(arguments: [
        "", "E", "C", "E123456789", "123456789", "IXESP00012345A", "AAA000000", "A12345678", "E1234567A", "EE1234567",
        "E１２３", "C+1",
    ]) func `what is no support number is refused`(typed: String) {
        #expect(refusal { () throws(DomainError) in try SupportNumber(parsing: typed) } == .malformedSupportNumber)
    }

    @Test func `a DNI goes with its validity date, expired or not`() throws {
        #expect(try ContrastDatum(parsing: "31/12/2030", for: dni).canonicalText == "31-12-2030")
        #expect(try ContrastDatum(parsing: "01-01-1990", for: dni).kindName == "validity")
    }

    @Test func `a NIE goes with its support number`() throws {
        let datum = try ContrastDatum(parsing: "9999999", for: nie)
        #expect(datum == .support(try SupportNumber(parsing: "C09999999")))
        #expect(datum.suits(nie) && !datum.suits(dni))
        #expect(
            refusal { () throws(DomainError) in try ContrastDatum(parsing: "31-12-2030", for: nie) }
                == .malformedSupportNumber)
    }

    @Test(arguments: ["01-01-9999", "1/1/9999", "9999-01-01"])
    func `a permanent DNI asks for its issue date`(typed: String) throws {
        #expect(
            refusal { () throws(DomainError) in try ContrastDatum(parsing: typed, for: dni) }
                == .permanentNeedsIssueDate)
        #expect(
            refusal { () throws(DomainError) in try ContrastDatum(kindName: "validity", canonicalText: "01-01-9999") }
                == .permanentNeedsIssueDate)
    }

    @Test func `an issue date is not in the future`() throws {
        let today = try CivilDate(parsing: "23-11-2026")
        let datum = try ContrastDatum(parsingIssueDate: "23/11/2026", notAfter: today)
        #expect(datum == .issue(today))
        #expect(datum.suits(dni) && !datum.suits(nie))
        for (typed, limit) in [("24-11-2026", Optional(today)), ("01-01-9999", nil)] {
            #expect(
                refusal { () throws(DomainError) in try ContrastDatum(parsingIssueDate: typed, notAfter: limit) }
                    == .issueDateInFuture)
        }
    }

    @Test(arguments: [("validity", "31-12-2030"), ("issue", "01-02-2003"), ("support", "E00000123")])
    func `a datum travels in its canonical form`(kindName: String, text: String) throws {
        let datum = try ContrastDatum(kindName: kindName, canonicalText: text)
        #expect(datum.kindName == kindName)
        #expect(datum.canonicalText == text)
    }

    @Test(
        arguments: [
            ("validity", "31/12/2030", .malformedDate), ("validity", "2030-12-31", .malformedDate),
            ("issue", " 31-12-2020", .malformedDate), ("support", "9999999", .malformedSupportNumber),
            ("support", "e12345678", .malformedSupportNumber), ("validity", "31-02-2030", .impossibleDate),
            ("Validity", "31-12-2030", .unknownContrastDatum), ("", "", .unknownContrastDatum),
        ] as [(String, String, DomainError.Code)])
    func `another spelling does not travel`(kindName: String, text: String, code: DomainError.Code) {
        #expect(
            refusal { () throws(DomainError) in try ContrastDatum(kindName: kindName, canonicalText: text) } == code)
    }

    @Test func `no way of printing shows the datum`() throws {
        let datum = try ContrastDatum(parsing: "E12345678", for: nie)
        #expect("\(datum)" == "support" && String(reflecting: datum) == "support")
        #expect("\(try SupportNumber(parsing: "E12345678"))" == "E********")
    }
}
