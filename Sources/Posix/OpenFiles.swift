import Glibc

/// How many descriptors this process may have open at once (`RLIMIT_NOFILE`). What it starts inherits the limit.
public enum OpenFiles {
    /// The limit in force.
    public static var limit: Int {
        limits().map { Int(clamping: $0.rlim_cur) } ?? 0
    }

    /// Raises the limit in force, as far as the hard one permits.
    ///
    /// - Returns: the limit that is in force then; it is never lower than before.
    @discardableResult
    public static func raiseLimit(to wanted: Int) -> Int {
        guard var limits = limits(), limits.rlim_cur < rlim_t(wanted) else { return limit }
        limits.rlim_cur = min(rlim_t(wanted), limits.rlim_max)
        _ = unsafe setrlimit(resource, &limits)
        return limit
    }

    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }

    private static func limits() -> rlimit? {
        var limits = rlimit()
        return unsafe getrlimit(resource, &limits) == 0 ? limits : nil
    }
}
