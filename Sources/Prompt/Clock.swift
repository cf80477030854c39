import Glibc

/// The time, as the prompt needs it.
enum Clock {
    /// Seconds since 1970.
    static func now() -> UInt64 {
        UInt64(max(time(nil), 0))
    }

    /// A moment as this machine's zone says it: `09:05:07`.
    static func timeOfDay(_ seconds: UInt64) -> String {
        var moment = time_t(clamping: seconds)
        var parts = unsafe tm()
        guard unsafe localtime_r(&moment, &parts) != nil else { return "--:--:--" }
        return unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded($0) }.joined(separator: ":")
    }

    /// A span in minutes and seconds: `02:05`.
    static func span(_ seconds: UInt64) -> String {
        "\(padded(seconds / 60)):\(padded(seconds % 60))"
    }

    private static func padded(_ number: some BinaryInteger) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
