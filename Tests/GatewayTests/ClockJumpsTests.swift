import Synchronization
import Testing

@testable import Gateway
@testable import GatewayServices

@Suite struct `A clock that is set` {
    @Test func `is not believed for an hour that anything is over, forward or back`() {
        for jump in [ClockJumps.tolerance + 1, -400 * 86_400] as [Int64] {
            let moment = Moment()
            let jumps = ClockJumps(at: 1_800_000_000) { moment.sinceStart }
            #expect(jumps.areOver(at: 1_800_000_000))
            #expect(!jumps.areOver(at: 1_800_000_000 + jump))
            moment.pass(ClockJumps.patience - 1)
            #expect(!jumps.areOver(at: 1_800_000_000 + jump + moment.sinceStart))
            moment.pass(1)
            #expect(jumps.areOver(at: 1_800_000_000 + jump + moment.sinceStart))
        }
    }

    @Test func `by little, as it is all the time, is believed`() {
        let moment = Moment()
        let jumps = ClockJumps(at: 1_800_000_000) { moment.sinceStart }
        for step in 0..<100 as Range<Int64> {
            #expect(jumps.areOver(at: 1_800_000_000 + moment.sinceStart + step * ClockJumps.tolerance))
            moment.pass(60)
        }
    }

    private final class Moment: Sendable {
        private let seconds = Atomic<Int64>(0)
        var sinceStart: Int64 { seconds.load(ordering: .relaxed) }
        func pass(_ time: Int64) { seconds.add(time, ordering: .relaxed) }
    }
}
