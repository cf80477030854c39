import EventLoop
import Posix

/// Says whether another refusal is worth a line of the log: one for each process in a minute, and so many in all.
///
/// A host to which the agent is forwarded makes as many connections and requests as it likes.
@CoreActor
final class RefusalNews {
    /// Milliseconds for which a process is silent.
    private static let pause: UInt64 = 60_000
    /// Processes that are recorded in that time.
    private static let maximumCount = 16

    private var last: [Int32: UInt64] = [:]

    init() {}

    /// Whether nothing of a process was recorded lately; then it is from now on.
    func isNews(_ process: Int32) -> Bool {
        let now = SteadyClock.milliseconds
        last = last.filter { now - $0.value < Self.pause }
        guard last[process] == nil, last.count < Self.maximumCount else { return false }
        last[process] = now
        return true
    }
}
