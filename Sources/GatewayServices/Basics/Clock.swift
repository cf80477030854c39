import Glibc
import Posix
import Synchronization

/// The time as services know it: seconds since 1970, and whether to believe it.
public struct Clock: Sendable {
    private let time: @Sendable () -> Int64
    private let jumps: ClockJumps

    /// - Parameters:
    ///   - time: seconds since 1970.
    ///   - sinceStart: seconds since the machine's start, sleep included, by which it is noticed that the clock is set.
    public init(
        time: @escaping @Sendable () -> Int64, sinceStart: @escaping @Sendable () -> Int64 = Clock.sinceStart
    ) {
        self.time = time
        jumps = ClockJumps(at: time(), sinceStart)
    }

    /// The machine's.
    public init() { self.init(time: { Int64(Glibc.time(nil)) }) }

    /// Seconds since the machine's start, sleep included.
    public static let sinceStart: @Sendable () -> Int64 = { Int64(SteadyClock.milliseconds / 1000) }

    /// Seconds since 1970.
    public func now() -> Int64 { time() }

    /// Whether it can be believed that something's time is over: not for an hour after the clock was set.
    public var isBelieved: Bool { jumps.areOver(at: time()) }
}

/// Notices when the clock is set, by the time since the machine's start, which nobody sets.
///
/// What is removed because its time is over is gone for good. So a clock that is wrong for a moment removes nothing: for an
/// hour after a jump, in which somebody may set it right.
final class ClockJumps: Sendable {
    /// Seconds that the clock may gain or lose between two looks.
    static let tolerance: Int64 = 120
    /// Seconds for which a jump is waited out.
    static let patience: Int64 = 3600

    private struct State {
        /// When the machine started, by the clock at the last look.
        var start: Int64
        /// Since the machine's start.
        var jumpedAt: Int64?
    }

    private let sinceStart: @Sendable () -> Int64
    private let state: Mutex<State>

    /// Looks for the first time.
    ///
    /// - Parameters:
    ///   - now: by the clock.
    ///   - sinceStart: seconds since the machine's start, sleep included.
    init(at now: Int64, _ sinceStart: @escaping @Sendable () -> Int64) {
        self.sinceStart = sinceStart
        state = Mutex(State(start: now - sinceStart()))
    }

    /// Whether the clock can be believed that something's time is over.
    func areOver(at now: Int64) -> Bool {
        let moment = sinceStart()
        return state.withLock { state in
            let start = now - moment
            if abs(start - state.start) > Self.tolerance { state.jumpedAt = moment }
            state.start = start
            return state.jumpedAt.map { moment - $0 >= Self.patience } ?? true
        }
    }
}
