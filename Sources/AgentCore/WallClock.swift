import Glibc

/// The time of day, for what is shown and for what a gateway dates.
enum WallClock {
    /// Seconds since 1970.
    static var now: UInt64 {
        UInt64(max(0, time(nil)))
    }
}
