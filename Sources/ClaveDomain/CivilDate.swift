/// A day of the Gregorian calendar without zone or time, as printed on a document.
///
/// Dates are compared as printed: nobody's midnight matters. Years run from 1 to 9999.
public struct CivilDate: Hashable, Sendable {
    /// 1 to 9999.
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to the month's last day.
    public let day: Int

    /// A day that exists.
    ///
    /// - Throws: `impossibleDate`.
    public init(year: Int, month: Int, day: Int) throws(DomainError) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...Self.length(ofMonth: month, year: year)).contains(day)
        else { throw DomainError(.impossibleDate) }
        self.init(knownYear: year, month: month, day: day)
    }

    /// Reads a date as people type it: `dd-mm-yyyy` or `dd/mm/yyyy`, or `yyyy-mm-dd` and `yyyy/mm/dd`.
    ///
    /// Day and month may have one digit; the year has four, so nothing is ambiguous.
    ///
    /// - Throws: `malformedDate`, `impossibleDate` or `tooLong`.
    public init(parsing typed: String) throws(DomainError) {
        let bytes = try TypedText.trimmed(typed)
        let separator: UInt8 = bytes.contains(UInt8(ascii: "/")) ? UInt8(ascii: "/") : UInt8(ascii: "-")
        var fields = bytes.split(separator: separator, maxSplits: 3, omittingEmptySubsequences: false)
        guard fields.count == 3 else { throw DomainError(.malformedDate) }
        if fields[0].count == 4 { fields.reverse() }
        guard fields[0].count <= 2, fields[1].count <= 2, fields[2].count == 4,
            let day = TypedText.number(fields[0]),
            let month = TypedText.number(fields[1]),
            let year = TypedText.number(fields[2])
        else { throw DomainError(.malformedDate) }
        try self.init(year: year, month: month, day: day)
    }

    /// The day, in UTC, of an instant in seconds since 1970. Instants outside the years 1 to 9999 give the nearest day.
    public init(unixTime: Int64) {
        let secondsPerDay: Int64 = 86_400
        let remainder = unixTime % secondsPerDay
        let days = unixTime / secondsPerDay - (remainder < 0 ? 1 : 0)
        self.init(daysSince1970: Int(min(max(days, -719_162), 2_932_896)))
    }

    /// The first second of the day in UTC, in seconds since 1970; the inverse of ``init(unixTime:)``.
    public var unixTime: Int64 { Int64(daysSince1970) * 86_400 }

    /// The canonical form, `dd-mm-yyyy`.
    public var text: String {
        [TypedText.padded(day, to: 2), TypedText.padded(month, to: 2), TypedText.padded(year, to: 4)]
            .joined(separator: "-")
    }

    /// Whether it is 01-01-9999, printed as validity date on a DNI that never ends.
    public var isPermanent: Bool { year == 9999 && month == 1 && day == 1 }
}

extension CivilDate: Comparable {
    /// Whether the left day comes first.
    public static func < (left: Self, right: Self) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

extension CivilDate: CustomStringConvertible {
    /// The canonical form, `dd-mm-yyyy`.
    public var description: String { text }
}

// MARK: - Calendar

extension CivilDate {
    private init(knownYear year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    private static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// As below, the other way round.
    private var daysSince1970: Int {
        let marchYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = (marchYear / 400, marchYear % 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Counts in years that begin in March, so that the leap day is the last of its year; 400 years are one era of
    /// 146,097 days. The day must lie in the years 1 to 9999, which makes every quotient below positive.
    private init(daysSince1970 days: Int) {
        let daysOfEra = 146_097
        let shifted = days + 719_468
        let era = shifted / daysOfEra
        let dayOfEra = shifted % daysOfEra
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        self.init(
            knownYear: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
            month: month,
            day: dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}
