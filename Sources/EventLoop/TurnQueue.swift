/// Mutual exclusion between tasks: one body runs at a time.
///
/// A turn can't be lost, for these reasons, each of which holds by itself:
///
/// - A task that waits is in ``waiting``, and whoever takes it out resumes it, once: ``passOn()`` with the turn, or
///   ``giveUp(_:)`` without. Both run on the loop's thread, so that never both take out the same one.
/// - Whoever has the turn is inside ``withTurn(_:)``, which passes it on at every way out, also for a task that was
///   cancelled after the turn had been given to it.
/// - There is no other way to get a turn.
@CoreActor
public final class TurnQueue {
    /// Whose turn is next.
    public enum Order: Sendable {
        /// The task's that has waited longest.
        case oldestFirst
        /// By turns the task's that has waited longest and that which came last: a new one need not wait for all before it,
        /// and nobody waits for ever.
        case oldestAndNewest
    }

    /// Whether a body runs, or the turn is on its way to a task that waited.
    private var isTaken = false
    /// The tasks that wait, by their numbers.
    private var waiting: [UInt64: CheckedContinuation<Bool, Never>] = [:]
    /// Numbers are given in the order of asking. Those below `first` wait no more.
    private var first: UInt64 = 0
    private var next: UInt64 = 0
    private let order: Order
    private var isNewestNext = true

    /// - Parameter order: whose turn is next.
    public init(_ order: Order = .oldestFirst) { self.order = order }

    /// How many tasks wait.
    var count: Int { waiting.count }

    /// Waits for the turn, and runs `body` while no other one runs.
    ///
    /// - Returns: what `body` returns; nil if the task was cancelled before its turn: then `body` has not run.
    public func withTurn<Value: ~Copyable, Failure: Error>(
        _ body: @CoreActor () async throws(Failure) -> Value
    ) async throws(Failure) -> Value? {
        guard await takeTurn() else { return nil }
        defer { passOn() }
        // The turn may have come between the cancellation and its effect.
        guard !Task.isCancelled else { return nil }
        return try await body()
    }

    /// Waits for the turn; false if the task was cancelled first: then it has none.
    private func takeTurn() async -> Bool {
        guard isTaken else {
            isTaken = true
            return true
        }
        let number = next
        next += 1
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // From here on a cancellation finds it among those that wait.
                if Task.isCancelled { return continuation.resume(returning: false) }
                waiting[number] = continuation
            }
        } onCancel: {
            Task { @CoreActor in self.giveUp(number) }
        }
    }

    /// Takes a cancelled task out of the line, unless the turn has been given to it already.
    private func giveUp(_ number: UInt64) {
        waiting.removeValue(forKey: number)?.resume(returning: false)
    }

    /// Gives the turn to the next task.
    private func passOn() {
        guard let number = nextNumber(), let continuation = waiting.removeValue(forKey: number) else {
            return isTaken = false
        }
        continuation.resume(returning: true)
    }

    /// The number of the task that is next; nil if none waits.
    private func nextNumber() -> UInt64? {
        guard !waiting.isEmpty else { return nil }
        while waiting[first] == nil { first += 1 }
        if order == .oldestFirst { return first }
        defer { isNewestNext.toggle() }
        return isNewestNext ? waiting.keys.max() : first
    }
}
