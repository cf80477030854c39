import EventLoopTestSupport
import Testing

@testable import EventLoop

/// Lane 0 is a window, and the others are terminals: bounded for all who are not trusted.
private typealias Lanes = FairLanes<Int>

@CoreActor
private func makeLanes(atOnce: Int = 2, line: Int = 4, process: Int = 3) -> Lanes {
    Lanes(.init(atOnce: atOnce, line: line, process: process)) { lane, isTrusted in lane != 0 && !isTrusted }
}

private func asker(_ session: Int32, _ process: Int32? = nil, isTrusted: Bool = false) -> Lanes.Asker {
    .init(isTrusted: { isTrusted }, session: session, process: process ?? session)
}

/// Tasks that ask for turns in several lanes, are cancelled and leave, in an order that a seed gives.
@CoreActor
private final class Schedule {
    private enum End { case came, busy, gone }

    private let lanes = makeLanes()
    private var numbers: SeededNumbers
    private var tasks: [Task<Void, Never>] = []
    private var cancelled: Set<Int> = []
    private var ended: [Int: End] = [:]
    private var inside: [Int: Bool] = [:]
    private(set) var faults: [String] = []

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    func run() async {
        for _ in 0..<Int.random(in: 6...40, using: &numbers) {
            switch Int.random(in: 0..<5, using: &numbers) {
            case 0, 1, 2: begin()
            case 3: cancelOne()
            default: break
            }
            for _ in 0..<Int.random(in: 0...2, using: &numbers) { await pause() }
        }
        let all = tasks.count
        if !(await soon { self.ended.count == all }) {
            return faults.append("\(all - ended.count) tasks wait for ever")
        }
        if lanes.count != 0 || lanes.insideCount != 0 { faults.append("somebody is still in a lane") }
        for (task, end) in ended where end == .gone && !cancelled.contains(task) {
            faults.append("\(task) did not get its turn")
        }
    }

    private func begin() {
        let task = tasks.count
        let lane = Int.random(in: 0...3, using: &numbers)
        let isTrusted = Bool.random(using: &numbers)
        let (session, process) = (
            Int32.random(in: 1...3, using: &numbers), Int32.random(in: 1...2, using: &numbers)
        )
        let stay = Int.random(in: 0...3, using: &numbers)
        let asker = asker(session, session * 10 + process, isTrusted: isTrusted)
        tasks.append(
            Task { @CoreActor in
                do throws(LaneRefusal) {
                    try await lanes.withTurn(in: lane, asker, refused: { $0 }) { () throws(LaneRefusal) in
                        await hold(task, lane, isBounded: lane != 0 && !isTrusted, for: stay)
                    }
                    ended[task] = .came
                } catch { ended[task] = error == .full ? .busy : .gone }
            })
    }

    private func hold(_ task: Int, _ lane: Int, isBounded: Bool, for stay: Int) async {
        if inside[lane] != nil { faults.append("two have the turn in a lane") }
        if Task.isCancelled { faults.append("a task had the turn that had been cancelled before") }
        inside[lane] = isBounded
        if inside.values.count(where: { $0 }) > 2 { faults.append("too many strangers at once") }
        for _ in 0..<stay { await pause() }
        inside[lane] = nil
    }

    private func pause() async {
        if Bool.random(using: &numbers) { await others() } else { await otherJobs() }
    }

    private func cancelOne() {
        guard let task = tasks.indices.randomElement(using: &numbers) else { return }
        cancelled.insert(task)
        tasks[task].cancel()
    }
}

/// Turns that a test takes and ends by itself.
@CoreActor
private final class Turns {
    let lanes: Lanes
    private(set) var order: [String] = []
    private(set) var refused: [String] = []
    private var gates: [String: CheckedContinuation<Void, Never>] = [:]
    private var asked = 0
    private var ended = 0

    init(_ lanes: Lanes) { self.lanes = lanes }

    /// Asks for a turn, and lets everything come of it that can.
    func ask(_ name: String, in lane: Int, _ asker: Lanes.Asker) async {
        asked += 1
        Task { @CoreActor in
            do throws(LaneRefusal) {
                try await lanes.withTurn(in: lane, asker, refused: { $0 }) { () throws(LaneRefusal) in
                    order.append(name)
                    await withCheckedContinuation { gates[name] = $0 }
                }
            } catch { refused.append(name) }
            ended += 1
        }
        await settle()
    }

    func end(_ name: String) async {
        gates.removeValue(forKey: name)?.resume()
        await settle()
    }

    /// Ends turns as they come, until none is left.
    func endAll() async {
        for _ in 0..<100 where ended < asked {
            if let name = gates.keys.first { await end(name) } else { await settle() }
        }
    }

    /// Lets everything come of what was done: one task's end is another one's beginning.
    private func settle() async {
        for _ in 0..<10 { await others() }
    }
}

@Suite struct `Lanes for questions` {
    @Test func `lose no turn, let nobody in twice and keep their bound, however tasks come, are cancelled and leave`()
        async
    {
        for seed in 0..<4000 as Range<UInt64> {
            let faults = await onLoop {
                let schedule = Schedule(seed: seed)
                await schedule.run()
                return schedule.faults
            }
            #expect(faults == [], "seed \(seed)")
            if !faults.isEmpty { return }
        }
    }

    @Test func `give a trusted terminal its turn at once, however many strangers have theirs or wait`() async {
        let turns = await onLoop {
            let turns = Turns(makeLanes())
            for lane in 1...9 { await turns.ask("stranger \(lane)", in: lane, asker(Int32(lane))) }
            await turns.ask("person", in: 10, asker(10, isTrusted: true))
            let found = (turns.order, turns.refused)
            await turns.endAll()
            return found
        }
        #expect(turns.0 == ["stranger 1", "stranger 2", "person"])
        // Two have their turn, four wait.
        #expect(turns.1 == ["stranger 7", "stranger 8", "stranger 9"])
    }

    @Test func `count all that one session asks as one in the order, and each of its processes as one of it`() async {
        let order = await onLoop {
            let turns = Turns(makeLanes(line: 32, process: 8))
            for number in 1...4 { await turns.ask("a\(number)", in: 0, asker(1, 11)) }
            await turns.ask("b", in: 0, asker(1, 12))
            await turns.ask("c", in: 0, asker(2, 21))
            await turns.endAll()
            return turns.order
        }
        #expect(order == ["a1", "c", "b", "a2", "a3", "a4"])
    }

    @Test func `keep nobody waiting behind a session that asks again while it has its turn`() async {
        let order = await onLoop {
            let turns = Turns(makeLanes(line: 32))
            for name in ["a1", "a2"] { await turns.ask(name, in: 0, asker(1)) }
            await turns.ask("b1", in: 0, asker(2))
            await turns.end("a1")
            await turns.ask("b2", in: 0, asker(2))
            await turns.end("b1")
            await turns.endAll()
            return turns.order
        }
        #expect(order == ["a1", "b1", "a2", "b2"])
    }

    @Test func `give turns alternately to those who are trusted and those who are not, where both want a window`()
        async
    {
        let order = await onLoop {
            let turns = Turns(makeLanes(line: 32))
            for session in 1...3 { await turns.ask("stranger \(session)", in: 0, asker(Int32(session))) }
            for session in 4...5 {
                await turns.ask("person \(session)", in: 0, asker(Int32(session), isTrusted: true))
            }
            await turns.endAll()
            return turns.order
        }
        #expect(order == ["stranger 1", "person 4", "stranger 2", "person 5", "stranger 3"])
    }

    @Test func `put the newest of the session with the most out of a full line, for one with fewer`() async {
        let turns = await onLoop {
            let turns = Turns(makeLanes(line: 4, process: 8))
            for number in 1...5 { await turns.ask("many \(number)", in: 0, asker(1)) }
            await turns.ask("few", in: 0, asker(2))
            await turns.ask("many 6", in: 0, asker(1))
            let refused = turns.refused
            await turns.endAll()
            return (turns.order, refused)
        }
        #expect(turns.0 == ["many 1", "few", "many 2", "many 3", "many 4"])
        #expect(turns.1 == ["many 5", "many 6"])
    }

    @Test func `have only so many of one process in each`() async {
        let turns = await onLoop {
            let turns = Turns(makeLanes(line: 32, process: 3))
            for number in 1...4 { await turns.ask("\(number)", in: 0, asker(1)) }
            await turns.ask("elsewhere", in: 1, asker(1))
            let found = (turns.order, turns.refused)
            await turns.endAll()
            return found
        }
        #expect(turns.0 == ["1", "elsewhere"] && turns.1 == ["4"])
    }
}
