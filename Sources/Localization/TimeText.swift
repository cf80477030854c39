import Glibc

/// Times as people read them.
public enum TimeText {
    /// Seconds since 1970.
    public static var now: UInt64 { UInt64(max(0, time(nil))) }

    /// `14:03:59`, of the local day.
    public static func clock(_ seconds: UInt64) -> String { format(seconds, "%H:%M:%S") }

    /// `2026-11-23 14:03`, local.
    public static func date(_ seconds: UInt64) -> String { format(seconds, "%Y-%m-%d %H:%M") }

    /// `2026-11-23 14:03 – 2028-11-23 14:03`, local.
    public static func span(_ from: UInt64, _ to: UInt64) -> String { "\(date(from)) – \(date(to))" }

    /// `2026-11-23`, local.
    public static func day(_ seconds: UInt64) -> String { format(seconds, "%Y-%m-%d") }

    /// `14:03`, of the local day.
    public static func minute(_ seconds: UInt64) -> String { format(seconds, "%H:%M") }

    /// `9:42`, the time until then; `0:00` when it has passed.
    public static func left(until seconds: UInt64) -> String {
        let left = seconds > now ? seconds - now : 0
        let rest = left % 60
        return "\(left / 60):\(rest < 10 ? "0" : "")\(rest)"
    }

    private static func format(_ seconds: UInt64, _ pattern: String) -> String {
        var time = time_t(clamping: seconds)
        var parts = unsafe tm()
        unsafe localtime_r(&time, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = unsafe strftime(&buffer, buffer.count, pattern, &parts)
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
