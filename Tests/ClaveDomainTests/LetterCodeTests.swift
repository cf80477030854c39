import ClaveDomain
import Testing

@Suite struct `A letter's code` {
    @Test(arguments: ["ABCD EFGH JKMN 2345", "abcdefghjkmn2345", " ABCD-EFGH-JKMN-2345\t"])
    func `is read in groups, in small letters, with hyphens`(typed: String) throws {
        #expect(try LetterCode(parsing: typed).text == "ABCDEFGHJKMN2345")
    }

    @Test(arguments: ["", "ABCDEFGHJKMN234", "ABCDEFGHJKMN23456", "ABCDEFGHJKMN234Ñ", "ABCDEFGHJKMN234_"])
    func `is sixteen letters and digits`(typed: String) {
        #expect(refusal { () throws(DomainError) in try LetterCode(parsing: typed) } == .malformedLetterCode)
    }

    @Test func `is made without favouring a sign`() throws {
        // Bytes that don't divide evenly into the signs are passed over: 248 to 255.
        var bytes = Array(UInt8(240)...255) + Array(0..<24)
        let code = LetterCode { count in
            defer { bytes.removeFirst(count) }
            return Array(bytes.prefix(count))
        }
        #expect(code.text == "23456789ABCDEFGH")
        #expect(code.grouped == "2345 6789 ABCD EFGH")
    }

    @Test func `tells nothing of itself to a log`() throws {
        let code = try LetterCode(parsing: "ABCDEFGHJKMN2345")
        #expect("\(code)\(String(reflecting: code))".contains("ABCD") == false)
    }
}

@Suite struct `An e-mail address` {
    @Test(arguments: [
        ("name@example.org", "name@example.org"), (" a.b+c@Example.ORG\n", "a.b+c@example.org"),
        ("A@x-1.example", "A@x-1.example"), ("!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org"),
    ]) func `is read by its form, with its domain in small letters`(typed: String, text: String) throws {
        #expect(try EmailAddress(parsing: typed).text == text)
    }

    @Test(arguments: [
        "", "@", "name", "name@", "@example.org", "name@localhost", "a@b@example.org", ".a@example.org",
        "a.@example.org", "a..b@example.org", "a@-x.org", "a@x-.org", "a@x..org", "a b@example.org",
        "\"a\"@example.org",
        "a@[127.0.0.1]", "ñ@example.org", "a@exämple.org", "a@example.org\nBcc: b@example.org",
        "a@example.org, b@example.org",
    ]) func `of another form is refused`(typed: String) {
        #expect(refusal { () throws(DomainError) in try EmailAddress(parsing: typed) } == .malformedEmail)
    }

    @Test func `may be as long as the standard has it, and no longer`() {
        let local = String(repeating: "a", count: 64)
        let label = String(repeating: "b", count: 63)
        #expect((try? EmailAddress(parsing: "\(local)@\(label).\(label).org")) != nil)
        #expect(
            refusal { () throws(DomainError) in try EmailAddress(parsing: "a\(local)@example.org") } == .malformedEmail)
        #expect(refusal { () throws(DomainError) in try EmailAddress(parsing: "a@b\(label).org") } == .malformedEmail)
        let long = "\(local)@\(label).\(label).\(label).org"
        #expect(refusal { () throws(DomainError) in try EmailAddress(parsing: long) } == .tooLong)
    }

    @Test func `is masked wherever it is printed`() throws {
        let address = try EmailAddress(parsing: "name@example.org")
        #expect("\(address)" == "n***@example.org" && String(reflecting: address) == "n***@example.org")
    }
}
