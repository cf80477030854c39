/// Why a task gets no turn in a lane.
public enum LaneRefusal: Error {
    /// Too many wait.
    case full
    /// The task was cancelled before its turn.
    case cancelled
}

/// Mutual exclusion in many lanes: one body at a time in each lane, and in some lanes only so many together.
///
/// Turns go round: by kinds of askers, by sessions, by processes, and only then by age. So a program that asks a hundred
/// times has one place in the order, whatever it forks, unless each of its processes begins a session of its own.
///
/// A turn can't be lost, for the reasons that hold for ``TurnQueue``: whoever takes a task out of ``waiting`` resumes it,
/// once, on the loop's thread; whoever has a turn is inside ``withTurn(in:_:refused:_:)``, which gives it back at every way out;
/// and there is no other way to get one.
@CoreActor
public final class FairLanes<Lane: Hashable & Sendable> {
    /// What may be asked for.
    public struct Limits {
        /// Bodies at once in all bounded lanes.
        public let atOnce: Int
        /// Tasks that wait in one line.
        public let line: Int
        /// Tasks of one process in one lane, waiting or inside.
        public let process: Int

        /// - Parameters:
        ///   - atOnce: bodies at once in all bounded lanes.
        ///   - line: tasks that wait in one line.
        ///   - process: tasks of one process in one lane, waiting or inside.
        public init(atOnce: Int, line: Int, process: Int) {
            self.atOnce = atOnce
            self.line = line
            self.process = process
        }
    }

    /// Who asks for a turn.
    public struct Asker {
        /// Of two kinds, which have turns alternately where both wait in a lane. Looked at anew each time.
        let isTrusted: @CoreActor () -> Bool
        let session: Int32
        let process: Int32

        /// - Parameters:
        ///   - isTrusted: of which kind it is; called each time that this matters.
        ///   - session: its session's number (setsid(2)).
        ///   - process: its process number.
        public init(isTrusted: @escaping @CoreActor () -> Bool, session: Int32, process: Int32) {
            self.isTrusted = isTrusted
            self.session = session
            self.process = process
        }
    }

    private struct Waiting {
        let lane: Lane
        let asker: Asker
        let continuation: CheckedContinuation<LaneRefusal?, Never>
    }

    /// Those whose waiting tasks are counted together.
    private enum Line: Hashable {
        /// All bounded lanes.
        case bounded
        case lane(Lane, isTrusted: Bool)
    }

    /// Those who have turns in the order in which they last had one.
    private enum Group: Hashable {
        case kind(Lane, isTrusted: Bool)
        case session(Int32)
        case process(Int32)
    }

    private struct Place: Hashable {
        let lane: Lane
        let process: Int32
    }

    private let limits: Limits
    private let isBounded: @CoreActor (Lane, _ isTrusted: Bool) -> Bool
    /// The tasks that wait, by their numbers, which are given in the order of asking.
    private var waiting: [UInt64: Waiting] = [:]
    private var nextNumber: UInt64 = 0
    /// Who has a lane's turn, or whom it is on its way to.
    private struct Inside {
        /// Whether it counts among those of which only so many are given.
        let isBounded: Bool
        let groups: [Group]
    }

    /// The lanes in which a body runs, or is about to.
    private var inside: [Lane: Inside] = [:]
    private var places: [Place: Int] = [:]
    /// When those of whom somebody waits had their last turn.
    private var lastTurns: [Group: UInt64] = [:]
    private var turns: UInt64 = 0

    /// - Parameter isBounded: whether a turn counts among those of which only so many are given at once.
    public init(_ limits: Limits, isBounded: @escaping @CoreActor (Lane, _ isTrusted: Bool) -> Bool) {
        self.limits = limits
        self.isBounded = isBounded
    }

    /// How many tasks wait.
    var count: Int { waiting.count }
    /// How many turns are given.
    var insideCount: Int { inside.count }

    /// Waits for the turn in a lane, and runs `body` while no other one runs in it.
    ///
    /// - Parameter refused: makes the error for a task that gets no turn.
    /// - Throws: what `refused` gives; then `body` has not run. Else what `body` throws.
    public func withTurn<Value: ~Copyable, Failure: Error>(
        in lane: Lane, _ asker: Asker, refused: (LaneRefusal) -> Failure,
        _ body: @CoreActor () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let place = Place(lane: lane, process: asker.process)
        guard places[place, default: 0] < limits.process else { throw refused(.full) }
        places[place, default: 0] += 1
        defer { places[place] = places[place].flatMap { $0 > 1 ? $0 - 1 : nil } }
        if let refusal = await takeTurn(in: lane, asker) { throw refused(refusal) }
        defer { giveBack(lane) }
        // The turn may have come between the cancellation and its effect.
        guard !Task.isCancelled else { throw refused(.cancelled) }
        return try await body()
    }

    // MARK: Turns

    /// Waits for the turn; nil once the task has it.
    private func takeTurn(in lane: Lane, _ asker: Asker) async -> LaneRefusal? {
        if mayEnter(lane, isTrusted: asker.isTrusted()) {
            enter(lane, asker)
            return nil
        }
        guard makeRoom(lane, asker) else { return .full }
        let number = nextNumber
        nextNumber += 1
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // From here on a cancellation finds it among those that wait.
                if Task.isCancelled { return continuation.resume(returning: .cancelled) }
                waiting[number] = Waiting(lane: lane, asker: asker, continuation: continuation)
            }
        } onCancel: {
            Task { @CoreActor in self.giveUp(number) }
        }
    }

    /// Takes a cancelled task out of the line, unless the turn has been given to it already.
    private func giveUp(_ number: UInt64) {
        waiting.removeValue(forKey: number)?.continuation.resume(returning: .cancelled)
    }

    private func mayEnter(_ lane: Lane, isTrusted: Bool) -> Bool {
        guard inside[lane] == nil else { return false }
        return !isBounded(lane, isTrusted) || inside.values.count(where: \.isBounded) < limits.atOnce
    }

    private func enter(_ lane: Lane, _ asker: Asker) {
        let isTrusted = asker.isTrusted()
        let groups = groups(lane, asker, isTrusted)
        inside[lane] = Inside(isBounded: isBounded(lane, isTrusted), groups: groups)
        turns += 1
        for group in groups { lastTurns[group] = turns }
    }

    private func giveBack(_ lane: Lane) {
        inside[lane] = nil
        while let number = next(), let entry = waiting.removeValue(forKey: number) {
            enter(entry.lane, entry.asker)
            entry.continuation.resume(returning: nil)
        }
        forgetTurns()
    }

    // MARK: The order

    private func groups(_ lane: Lane, _ asker: Asker, _ isTrusted: Bool) -> [Group] {
        [.kind(lane, isTrusted: isTrusted), .session(asker.session), .process(asker.process)]
    }

    /// The number of the task that is next; nil if none may enter.
    private func next() -> UInt64? {
        var best: (rank: [UInt64], number: UInt64)?
        for (number, entry) in waiting {
            let isTrusted = entry.asker.isTrusted()
            guard mayEnter(entry.lane, isTrusted: isTrusted) else { continue }
            let rank = groups(entry.lane, entry.asker, isTrusted).map { lastTurns[$0] ?? 0 } + [number]
            if best.map({ rank.lexicographicallyPrecedes($0.rank) }) ?? true { best = (rank, number) }
        }
        return best?.number
    }

    /// Forgets when those had a turn of whom nobody waits or is inside: they are new when they come back.
    private func forgetTurns() {
        var present = Set(inside.values.flatMap(\.groups))
        for entry in waiting.values { present.formUnion(groups(entry.lane, entry.asker, entry.asker.isTrusted())) }
        lastTurns = lastTurns.filter { present.contains($0.key) }
    }

    // MARK: Room

    private func line(_ lane: Lane, _ asker: Asker) -> Line {
        let isTrusted = asker.isTrusted()
        return isBounded(lane, isTrusted) ? .bounded : .lane(lane, isTrusted: isTrusted)
    }

    /// Whether one more may wait. In a full line the session that has the most in it loses its newest to one with fewer.
    private func makeRoom(_ lane: Lane, _ asker: Asker) -> Bool {
        let line = line(lane, asker)
        let others = waiting.filter { self.line($0.value.lane, $0.value.asker) == line }
        guard others.count >= limits.line else { return true }
        let sessions = Dictionary(grouping: others.keys) { others[$0]!.asker.session }
        let own = sessions[asker.session]?.count ?? 0
        guard let most = sessions.values.max(by: { $0.count < $1.count }), most.count > own + 1,
            let newest = most.max()
        else { return false }
        waiting.removeValue(forKey: newest)?.continuation.resume(returning: .full)
        return true
    }
}
