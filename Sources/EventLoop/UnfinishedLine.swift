/// Bounds what a turn of the loop does for frames that have come in part: each takes guarded memory, which takes a dozen
/// system calls, and who ends none of a hundred would hold up all who want an answer.
///
/// Whoever has a whole frame is read at once. The others are while the turn has room; then they wait here, with what
/// they have sent in the kernel, for one of the next turns, the first first.
@CoreActor
final class UnfinishedLine {
    static let shared = UnfinishedLine()

    /// Bytes that a turn keeps: about a millisecond's work.
    private static let bytesPerTurn = 128 << 10
    /// What making memory costs, in bytes that could be copied meanwhile.
    private static let overhead = 16 << 10

    private var spent = 0
    private var waiting = Fifo<@CoreActor () -> Void>()
    private var isScheduled = false

    /// Whether one more may be read in this turn, and nobody waits for it.
    var hasRoom: Bool { spent < Self.bytesPerTurn && waiting.isEmpty }

    /// Notes that so many bytes are kept now.
    func spend(_ bytes: Int) {
        spent += bytes + Self.overhead
        schedule()
    }

    /// Calls `action` in one of the next turns.
    func wait(_ action: @escaping @CoreActor () -> Void) {
        waiting.append(action)
        schedule()
    }

    /// The turn ends when all else that is ready has been served.
    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        EventLoop.shared.soon { [weak self] in CoreActor.assumeIsolated { self?.beginTurn() } }
    }

    private func beginTurn() {
        (spent, isScheduled) = (0, false)
        while spent < Self.bytesPerTurn, let action = waiting.popFirst() { action() }
        if !waiting.isEmpty { schedule() }
    }
}
