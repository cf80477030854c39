import Testing

@testable import EventLoop

@Suite struct TimersTests {
    /// Takes out all that is due, and tells what it was.
    private func taken(_ timers: inout Timers, by now: UInt64, _ log: Log) -> [Int] {
        log.entries = []
        while let action = timers.popFirst(dueBy: now) { action() }
        return log.entries
    }

    private final class Log { var entries: [Int] = [] }

    @Test func `actions come in the order of their times, and of their adding`() {
        var timers = Timers()
        let log = Log()
        for (index, due) in [30, 10, 20, 10, 40, 10].enumerated() {
            _ = timers.add(due: UInt64(due)) { log.entries.append(index) }
        }
        #expect(timers.firstDue == 10)
        #expect(taken(&timers, by: 30, log) == [1, 3, 5, 2, 0])
        #expect(timers.firstDue == 40)
        #expect(taken(&timers, by: 39, log) == [])
        #expect(taken(&timers, by: 40, log) == [4])
        #expect(timers.firstDue == nil)
    }

    @Test func `a removed action never comes, and its number is not given again`() {
        var timers = Timers()
        let log = Log()
        let numbers = (0..<1000).map { index in timers.add(due: UInt64(index % 7)) { log.entries.append(index) } }
        for (index, number) in numbers.enumerated() where index % 10 != 0 { timers.remove(number) }
        timers.remove(numbers[1])
        let late = timers.add(due: 3) { log.entries.append(-1) }
        #expect(!numbers.contains(late))
        let order = stride(from: 0, to: 1000, by: 10).map { (due: $0 % 7, index: $0) } + [(due: 3, index: -1)]
        let expected = order.enumerated().sorted { ($0.element.due, $0.offset) < ($1.element.due, $1.offset) }
        #expect(taken(&timers, by: 7, log) == expected.map(\.element.index))
    }
}
