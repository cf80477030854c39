import ClaveDomain
import Testing

@Suite struct CivilDateTests {
    @Test(arguments: ["31-12-2030", "31/12/2030", "2030-12-31", "2030/12/31", " 31-12-2030\n"])
    func `one day is read from each of its spellings`(typed: String) throws {
        let date = try CivilDate(parsing: typed)
        #expect((date.year, date.month, date.day) == (2030, 12, 31))
        #expect(date.text == "31-12-2030")
    }

    @Test func `day and month may have one digit`() throws {
        #expect(try CivilDate(parsing: "1/2/2030").text == "01-02-2030")
    }

    @Test(arguments: [
        "", "-", "--", "31-12", "31-12-30", "31-12-2030-", "31-12/2030", "31.12.2030", "2030-12-311", "311-12-2030",
        "31 12 2030", "31-12-20300", "+1-12-2030", "3a-12-2030", "٣١-12-2030", "2030-12-2030", "-1-12-2030",
    ]) func `what is not a date by its form is malformed`(typed: String) {
        #expect(code(typed) == .malformedDate)
    }

    @Test(arguments: [
        "00-01-2030", "01-00-2030", "01-13-2030", "32-01-2030", "31-04-2030", "29-02-2023", "30-02-2024", "29-02-1900",
        "29-02-2100", "01-01-0000", "12-31-2030",
    ]) func `a day that does not exist is impossible`(typed: String) {
        #expect(code(typed) == .impossibleDate)
    }

    @Test(arguments: ["29-02-2024", "29-02-2000", "29-02-1996", "01-01-9999", "31-12-9999", "01-01-0001"])
    func `leap days and the ends of the calendar exist`(typed: String) throws {
        #expect(try CivilDate(parsing: typed).text == typed)
    }

    @Test(arguments: [1900, 1904, 1999, 2000, 2023, 2024, 2100, 2400])
    func `exactly the days of the year exist`(year: Int) {
        let lengths =
            [31, year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28, 31, 30, 31, 30] + [
                31, 31, 30, 31, 30, 31,
            ]
        for month in -1...14 {
            for day in -1...33 {
                let exists = (1...12).contains(month) && day >= 1 && day <= lengths[month - 1]
                #expect(((try? CivilDate(year: year, month: month, day: day)) != nil) == exists)
            }
        }
    }

    @Test func `days in a row are in order, read back, and follow the clock`() throws {
        var previous: CivilDate?
        // 1 January 1999 to 31 December 2000.
        for day in Int64(10_592)..<11_323 {
            let date = CivilDate(unixTime: day * 86_400)
            #expect(CivilDate(unixTime: day * 86_400 + 86_399) == date)
            #expect(date.unixTime == day * 86_400)
            #expect(try CivilDate(parsing: date.text) == date)
            #expect(try CivilDate(year: date.year, month: date.month, day: date.day) == date)
            if let previous { #expect(previous < date) }
            previous = date
        }
        #expect(CivilDate(unixTime: 10_592 * 86_400).text == "01-01-1999")
        #expect(previous?.text == "31-12-2000")
    }

    @Test(
        arguments: [
            (0, "01-01-1970"), (-1, "31-12-1969"), (951_782_400, "29-02-2000"), (1_709_164_800, "29-02-2024"),
            (4_107_542_400, "01-03-2100"), (253_402_300_799, "31-12-9999"), (253_402_300_800, "31-12-9999"),
            (-62_135_596_800, "01-01-0001"), (-62_135_596_801, "01-01-0001"), (.min, "01-01-0001"),
            (.max, "31-12-9999"),
        ] as [(Int64, String)]) func `an instant falls on its day in UTC`(unixTime: Int64, text: String)
    {
        #expect(CivilDate(unixTime: unixTime).text == text)
    }

    @Test func `every day of ten millennia follows the one before`() throws {
        var expected = (year: 1, month: 1, day: 1)
        for day in Int64(-719_162)...2_932_896 {
            let date = CivilDate(unixTime: day * 86_400)
            guard (date.year, date.month, date.day) == expected else {
                Issue.record("\(date) instead of \(expected)")
                return
            }
            if date.day < 28 {
                expected.day += 1
            } else if (try? CivilDate(year: date.year, month: date.month, day: date.day + 1)) != nil {
                expected.day += 1
            } else {
                expected = date.month == 12 ? (date.year + 1, 1, 1) : (date.year, date.month + 1, 1)
            }
        }
    }

    @Test func `only the first of January 9999 is permanent`() throws {
        #expect(try CivilDate(parsing: "01-01-9999").isPermanent)
        #expect(try !CivilDate(parsing: "02-01-9999").isPermanent)
        #expect(try !CivilDate(parsing: "01-01-9998").isPermanent)
    }

    private func code(_ typed: String) -> DomainError.Code? {
        refusal { () throws(DomainError) in try CivilDate(parsing: typed) }
    }
}
