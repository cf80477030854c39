import Testing

@testable import Gateway
@testable import GatewayServices

private func offset(_ seconds: Int64) -> Int64 {
    (3 * 86_400 + 7200..<10 * 86_400 + 10_800).contains(seconds) ? 3600 : 0
}

@Suite struct `Hours of video calls` {
    /// Clocks that show UTC, but in 1970 skip the second hour of 4 January, a Sunday, and have that of 11 January twice.
    private let zone = LocalTime(
        civil: { seconds in
            let shown = seconds + offset(seconds)
            let (day, second) = (shown / 86_400, shown % 86_400)
            return .init(
                year: 70, month: 0, day: Int32(day + 1), weekday: Int((day + 4) % 7), minute: Int(second / 60))
        },
        moment: { from, days, minute in
            let shown = Int64(Int(from.day) - 1 + days) * 86_400 + Int64(minute) * 60
            return [shown, shown - 3600].first { $0 + offset($0) == shown }
        })

    @Test func `are read as they are written`() throws {
        let hours = try WorkingHours(parsing: WorkingHours.usual)
        #expect(hours.spans[1] == [540..<840, 900..<1080] && hours.spans[4] == hours.spans[1])
        #expect(hours.spans[5] == [540..<840] && hours.spans[6].isEmpty && hours.spans[0].isEmpty)
        #expect(try WorkingHours(parsing: "ALWAYS") == .always && WorkingHours(parsing: "none") == .none)
        #expect(try WorkingHours(parsing: "sat-sun 00:00-24:00").spans[6] == [0..<1440])
        #expect(try WorkingHours(parsing: "mon 15:00-16:00 09:00-10:00").spans[1] == [540..<600, 900..<960])
    }

    @Test(arguments: [
        "", "mon", "monday 09:00-10:00", "mon 10:00-09:00", "mon 9:00-10:00", "mon 09:00-25:00", "mon 09:60-10:00",
        "mon 09:00", "mon 09:00-10:00-11:00", "mon 09:00-11:00 10:00-12:00", "mon 09:00-10:00, mon 11:00-12:00",
        "mon-tue-wed 09:00-10:00", "mon 09:00-10:00,", "mon +9:00-10:00", String(repeating: "m", count: 600),
    ])
    func `are refused when they can't be meant`(text: String) {
        #expect(throws: WorkingHours.Failure.self) { try WorkingHours(parsing: text) }
    }

    @Test func `are open from their first minute to the one before their last`() throws {
        let hours = try WorkingHours(parsing: "thu 09:00-10:00")
        // 1 January 1970 was a Thursday.
        let nine: Int64 = 9 * 3600
        #expect(!hours.isOpen(at: nine - 1, zone: zone) && hours.isOpen(at: nine, zone: zone))
        #expect(hours.isOpen(at: nine + 3599, zone: zone) && !hours.isOpen(at: nine + 3600, zone: zone))
        #expect(!hours.isOpen(at: nine + 86_400, zone: zone))
    }

    @Test func `have appointments that end with them, from the next one on`() throws {
        let hours = try WorkingHours(parsing: "thu 09:00-09:40, fri 23:30-24:00")
        let nine: Int64 = 9 * 3600
        let starts = hours.starts(after: nine, days: 7, length: 15, zone: zone)
        // An hour is lost in between.
        let (late, week): (Int64, Int64) = (86_400 + 23 * 3600, 7 * 86_400 + nine - 3600)
        let right: [Int64] = [nine + 900, late + 1800, late + 2700, week, week + 900]
        #expect(starts == right)
    }

    @Test func `have none in an hour that clocks skip, and each once where one comes twice`() throws {
        let hours = try WorkingHours(parsing: "sun 01:30-03:30")
        let (first, second): (Int64, Int64) = (3 * 86_400, 10 * 86_400)
        let spring = hours.starts(after: first - 3600, days: 2, length: 30, zone: zone)
        #expect(spring == [first + 5400, first + 7200])
        let autumn = hours.starts(after: second - 7200, days: 2, length: 30, zone: zone)
        #expect(autumn.count == 4 && Set(autumn).count == 4 && autumn == autumn.sorted())
    }
}
