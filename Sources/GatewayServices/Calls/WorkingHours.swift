import Glibc

/// When operators hold video calls: hours of each day of the week, in the gateway's local time.
///
/// Written as `mon-thu 09:00-14:00 15:00-18:00, fri 09:00-14:00`, `always`, or `none`.
public struct WorkingHours: Equatable, Sendable {
    /// Minutes of a day, from midnight on.
    typealias Span = Range<Int>

    /// Why hours can't be read.
    public struct Failure: Error, Equatable { public let message: String }

    public static let none = WorkingHours(spans: [[Span]](repeating: [], count: 7))
    public static let always = WorkingHours(spans: [[Span]](repeating: [0..<minutesOfDay], count: 7))
    /// Office hours, as they are usual.
    public static let usual = "mon-thu 09:00-14:00 15:00-18:00, fri 09:00-14:00"

    private static let minutesOfDay = 1440
    private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    /// Signs of a text, at most.
    private static let maximumLength = 512

    /// Of each day, Sunday first: rising, and apart from each other.
    let spans: [[Span]]

    private init(spans: [[Span]]) { self.spans = spans }

    /// Reads hours as they are written.
    public init(parsing text: String) throws(Failure) {
        let text = text.lowercased()
        guard text.utf8.count <= Self.maximumLength else { throw Failure(message: "the hours are too long") }
        switch text {
        case "none": self = .none
        case "always": self = .always
        default:
            var spans = [[Span]](repeating: [], count: 7)
            for group in text.split(separator: ",", omittingEmptySubsequences: false) {
                try Self.take(group.split(separator: " ").map(String.init), into: &spans)
            }
            self.init(spans: spans)
        }
    }

    private static func take(_ words: [String], into spans: inout [[Span]]) throws(Failure) {
        guard words.count > 1 else {
            throw Failure(message: "the hours of a day are missing: write them as \(usual)")
        }
        for day in try days(words[0]) {
            guard spans[day].isEmpty else { throw Failure(message: "the hours of \(days[day]) are there twice") }
            for word in words.dropFirst() { spans[day].append(try span(word)) }
            spans[day].sort { $0.lowerBound < $1.lowerBound }
            let overlap = zip(spans[day], spans[day].dropFirst()).contains { $0.upperBound > $1.lowerBound }
            guard !overlap else { throw Failure(message: "the hours of \(days[day]) overlap") }
        }
    }

    private static func days(_ word: String) throws(Failure) -> [Int] {
        let ends = word.split(separator: "-", omittingEmptySubsequences: false).map { days.firstIndex(of: String($0)) }
        guard let first = ends[0], ends.count < 3, let last = ends[ends.count - 1] else {
            throw Failure(message: "no day is called \(word): mon, tue, wed, thu, fri, sat, sun, or mon-thu")
        }
        return (0...(last - first + 7) % 7).map { (first + $0) % 7 }
    }

    private static func span(_ word: String) throws(Failure) -> Span {
        let ends = word.split(separator: "-", omittingEmptySubsequences: false).map { minute(String($0)) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first < last else {
            throw Failure(message: "\(word) are no hours: write them as 09:00-14:00")
        }
        return first..<last
    }

    private static func minute(_ text: String) -> Int? {
        let digits = Array(text.utf8)
        guard digits.count == 5, digits[2] == UInt8(ascii: ":"),
            [0, 1, 3, 4].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digits[$0]) })
        else { return nil }
        let values = digits.map { Int($0) - 48 }
        let (hour, minute) = (values[0] * 10 + values[1], values[3] * 10 + values[4])
        guard minute < 60, hour * 60 + minute <= minutesOfDay else { return nil }
        return hour * 60 + minute
    }

    // MARK: Times

    /// Whether a moment is within the hours.
    public func isOpen(at time: Int64, zone: LocalTime = .system) -> Bool {
        let moment = zone.civil(time)
        return spans[moment.weekday].contains { $0.contains(moment.minute) }
    }

    /// Beginnings of appointments after a moment, rising: one each `length` minutes, in the days to come.
    ///
    /// Where clocks are set forward, what begins in the lost hour is left out; where they are set back, the hour that is
    /// there twice has its appointments once.
    public func starts(after time: Int64, days: Int, length: Int, zone: LocalTime = .system) -> [Int64] {
        let today = zone.civil(time)
        var starts: [Int64] = []
        for day in 0...days {
            for span in spans[(today.weekday + day) % 7] {
                for minute in stride(from: span.lowerBound, through: span.upperBound - length, by: length) {
                    guard let start = zone.moment(today, day, minute), start > starts.last ?? time else { continue }
                    starts.append(start)
                }
            }
        }
        return starts
    }
}

/// The local time of the machine, or of a test.
public struct LocalTime: Sendable {
    /// A day and the minute of it.
    public struct Civil: Equatable, Sendable {
        public let year: Int32
        /// 0 to 11.
        public let month: Int32
        public let day: Int32
        /// 0 is Sunday.
        public let weekday: Int
        public let minute: Int
    }

    /// What clocks show at a moment, seconds since 1970.
    public let civil: @Sendable (Int64) -> Civil
    /// When clocks show a minute of a day so many days later; nil if they never do.
    public let moment: @Sendable (_ from: Civil, _ days: Int, _ minute: Int) -> Int64?

    public static let system = LocalTime(
        civil: { seconds in
            var time = time_t(seconds)
            var parts = unsafe tm()
            unsafe localtime_r(&time, &parts)
            return unsafe Civil(
                year: parts.tm_year, month: parts.tm_mon, day: parts.tm_mday, weekday: Int(parts.tm_wday),
                minute: Int(parts.tm_hour * 60 + parts.tm_min))
        },
        moment: { from, days, minute in
            var parts = unsafe tm()
            unsafe parts.tm_year = from.year
            unsafe parts.tm_mon = from.month
            unsafe parts.tm_mday = from.day + Int32(days)
            unsafe parts.tm_hour = Int32(minute / 60)
            unsafe parts.tm_min = Int32(minute % 60)
            unsafe parts.tm_isdst = -1
            let time = unsafe mktime(&parts)
            // Of a minute that clocks skip, another one is made.
            return unsafe Int(parts.tm_hour * 60 + parts.tm_min) == minute ? Int64(time) : nil
        })
}
