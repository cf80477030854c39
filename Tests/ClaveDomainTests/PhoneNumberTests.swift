import ClaveDomain
import Testing

@Suite struct PhoneNumberTests {
    @Test(arguments: [
        ("612345678", "+34612345678"), ("712 345 678", "+34712345678"), ("+34 612-34-56-78", "+34612345678"),
        ("0034612345678", "+34612345678"), ("34612345678", "+34612345678"), ("(+34) 612345678", "+34612345678"),
        ("+33 6 12 34 56 78", "+33612345678"), ("0033612345678", "+33612345678"), ("+1234567", "+1234567"),
        ("+123456789012345", "+123456789012345"),
    ]) func `a mobile number becomes E.164`(typed: String, text: String) throws {
        #expect(try PhoneNumber(parsing: typed).text == text)
    }

    @Test(arguments: ["912345678", "812345678", "+34912345678", "0034 93 123 45 67", "34912345678"])
    func `a Spanish fixed line is refused as such`(typed: String) {
        #expect(refusal { () throws(DomainError) in try PhoneNumber(parsing: typed) } == .landline)
    }

    @Test(arguments: [
        "", "+", "00", "61234567", "6123456789", "512345678", "012345678", "+34112345678", "+3461234567",
        "+346123456789", "+012345678", "+123456", "+1234567890123456", "33612345678", "+33a12345678", "+34٦12345678",
        "++34612345678", "6123+5678",
    ]) func `what is no mobile number is refused`(typed: String) {
        #expect(refusal { () throws(DomainError) in try PhoneNumber(parsing: typed) } == .malformedPhone)
    }

    @Test func `only the last three digits are shown`() throws {
        let phone = try PhoneNumber(parsing: "612345678")
        #expect(phone.masked == "******678")
        #expect("\(phone)" == "******678" && String(reflecting: phone) == "******678")
    }
}
