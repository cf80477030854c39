import EventLoopTestSupport
import Testing

@testable import EventLoop

/// Tasks that ask for turns, are cancelled and leave, in an order that a seed gives.
@CoreActor
private final class Schedule {
    private let queue: TurnQueue
    private let order: TurnQueue.Order
    private var numbers: SeededNumbers
    private var tasks: [Task<Void, Never>] = []
    private var cancelled: Set<Int> = []
    private var asked: [Int] = []
    private var entered: [Int] = []
    private var ended: [Int: Bool] = [:]
    private var inside = 0
    private(set) var faults: [String] = []

    init(_ order: TurnQueue.Order, seed: UInt64) {
        (queue, self.order) = (TurnQueue(order), order)
        numbers = SeededNumbers(seed: seed)
    }

    func run() async {
        for _ in 0..<Int.random(in: 4...24, using: &numbers) {
            switch Int.random(in: 0..<4, using: &numbers) {
            case 0, 1: begin()
            case 2: cancelOne()
            default: break
            }
            for _ in 0..<Int.random(in: 0...2, using: &numbers) { await pause() }
        }
        begin()
        let all = tasks.count
        if !(await soon { self.ended.count == all }) {
            return faults.append("\(all - ended.count) tasks wait for ever")
        }
        check()
    }

    private func begin() {
        let task = tasks.count
        let stay = Int.random(in: 0...3, using: &numbers)
        tasks.append(
            Task { @CoreActor in
                asked.append(task)
                let came: Void? = await queue.withTurn { await hold(task, for: stay) }
                ended[task] = came != nil
            })
    }

    private func hold(_ task: Int, for stay: Int) async {
        inside += 1
        if inside > 1 { faults.append("two have the turn") }
        if Task.isCancelled { faults.append("a task had the turn that had been cancelled before") }
        entered.append(task)
        for _ in 0..<stay { await pause() }
        inside -= 1
    }

    /// For a turn of the loop, or for jobs alone: what is cancelled and what leaves meet in the middle of either.
    private func pause() async {
        if Bool.random(using: &numbers) { await others() } else { await otherJobs() }
    }

    private func cancelOne() {
        guard let task = tasks.indices.randomElement(using: &numbers) else { return }
        cancelled.insert(task)
        tasks[task].cancel()
    }

    private func check() {
        if queue.count != 0 { faults.append("somebody is still in the line") }
        if order == .oldestFirst, entered != asked.filter({ entered.contains($0) }) {
            faults.append("they came in another order than they asked")
        }
        for task in tasks.indices where ended[task] != entered.contains(task) {
            faults.append("\(task) was told wrong")
        }
        for task in tasks.indices where !entered.contains(task) && !cancelled.contains(task) {
            faults.append("\(task) did not get its turn")
        }
    }
}

@Suite struct `A line for turns` {
    @Test(arguments: [TurnQueue.Order.oldestFirst, .oldestAndNewest])
    func `loses no turn and lets nobody in twice, however tasks come, are cancelled and leave`(order: TurnQueue.Order)
        async
    {
        for seed in 0..<4000 as Range<UInt64> {
            let faults = await onLoop {
                let schedule = Schedule(order, seed: seed)
                await schedule.run()
                return schedule.faults
            }
            #expect(faults == [], "seed \(seed)")
            if !faults.isEmpty { return }
        }
    }

    @Test func `passes a turn on that is given at the moment of a cancellation`() async {
        let order = await onLoop {
            let queue = TurnQueue()
            var order: [String] = []
            var gate: CheckedContinuation<Void, Never>?
            let holder = Task { @CoreActor in
                await queue.withTurn {
                    await withCheckedContinuation { gate = $0 }
                    order.append("holder")
                }
            }
            await others()
            let unlucky = Task { @CoreActor in await queue.withTurn { order.append("unlucky") } }
            await others()
            let next = Task { @CoreActor in await queue.withTurn { order.append("next") } }
            await others()
            // The holder leaves after the cancellation has been told, and before the cancelled task has heard of it.
            unlucky.cancel()
            gate?.resume()
            let hasCome = await soon { order.contains("next") }
            if hasCome { _ = await (holder.value, unlucky.value, next.value) }
            return order
        }
        #expect(order == ["holder", "next"])
    }

    @Test func `may give turns to the oldest and the newest by turns, so that neither waits for all others`() async {
        let order = await onLoop {
            let queue = TurnQueue(.oldestAndNewest)
            var order: [Int] = []
            let tasks = (0..<6).map { number in
                Task { @CoreActor in
                    await queue.withTurn {
                        await others()
                        order.append(number)
                    }
                }
            }
            for task in tasks { await task.value }
            return order
        }
        #expect(order == [0, 5, 1, 4, 2, 3])
    }

    @Test func `passes the turn on where a body fails`() async {
        struct Failure: Error {}
        let isFree = await onLoop {
            let queue = TurnQueue()
            let failed: Void? = try? await queue.withTurn { () throws(Failure) in throw Failure() }
            return await queue.withTurn { failed == nil }
        }
        #expect(isFree == true)
    }
}

@Suite struct `A first-in-first-out store` {
    @Test func `gives what came in the order of its coming, as an array would`() {
        var numbers = SeededNumbers(seed: 1)
        var fifo = Fifo<Int>()
        var model: [Int] = []
        for value in 0..<20_000 {
            if Int.random(in: 0..<100, using: &numbers) < (value % 4000 < 2000 ? 70 : 30) {
                fifo.append(value)
                model.append(value)
            } else {
                #expect(fifo.popFirst() == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(fifo.first == model.first && fifo.count == model.count && fifo.isEmpty == model.isEmpty)
        }
    }
}
