import CLinux
import Glibc

/// The time since the machine started, asleep or awake: nobody sets it.
public enum SteadyClock {
    /// Milliseconds (`CLOCK_BOOTTIME`, clock_gettime(2)).
    public static var milliseconds: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }
}
