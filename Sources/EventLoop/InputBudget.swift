import CLinux
import Glibc

/// Bounds the guarded memory in which streams keep what has come and can't be answered yet: incomplete frames, and requests
/// behind one that is being answered.
///
/// That memory is locked, and `RLIMIT_MEMLOCK` bounds all that is: who sends much that they never finish must not make
/// the secrets unlocked that come later. Where it is too much, the session that has the most gives: the one of its streams
/// that has kept something for the longest time is ended. A session, since a program can start as many processes as it
/// likes, each of which keeps little; and the longest, since who is only about to send has what they keep for an instant.
@CoreActor
final class InputBudget {
    static let shared = InputBudget(limit: suitableLimit)

    /// At most, where the kernel's limit permits that, and at least, so that some frames of the largest size fit.
    private nonisolated static let most = 4 << 20
    private nonisolated static let least = 1 << 20
    /// What an allocation takes besides its bytes, at the most: a part of a page before it and one behind it.
    private nonisolated static let overhead = 2 * 4096
    /// A group's line is tidied once it holds more than twice its streams and this many entries.
    private static let mostGone = 32

    private struct Share {
        let group: SenderGroup
        /// Its place in the order in which streams began to keep something.
        let number: UInt64
        var bytes: Int
        let end: @CoreActor () -> Void
    }

    /// What streams of one group keep together.
    private struct Sum {
        var bytes = 0
        var streams = 0
        /// The streams in the order in which they began; some have gone since.
        var line = Fifo<(number: UInt64, stream: ObjectIdentifier)>()
    }

    private let limit: Int
    private let group: (Int32) -> SenderGroup
    private var shares: [ObjectIdentifier: Share] = [:]
    private var sums: [SenderGroup: Sum] = [:]
    private var lastNumber: UInt64 = 0
    /// Bytes of all shares.
    private(set) var total = 0

    /// - Parameters:
    ///   - limit: bytes that may be kept in all.
    ///   - group: with whom a process counts.
    init(limit: Int, group: @escaping (Int32) -> SenderGroup = { SenderGroup(of: $0) }) {
        self.limit = limit
        self.group = group
    }

    /// Notes what a stream keeps now.
    ///
    /// - Parameters:
    ///   - process: who is at its other end.
    ///   - allocations: bytes of each piece of memory; those of zero bytes are none.
    ///   - end: ends the stream; called at once, if at all.
    func set(
        _ allocations: [Int], of stream: ObjectIdentifier, process: Int32, orEnd end: @escaping @CoreActor () -> Void
    ) {
        let bytes = allocations.reduce(0) { $0 + ($1 > 0 ? $1 + Self.overhead : 0) }
        guard bytes > 0 else { return remove(stream) }
        if let share = shares[stream] {
            shares[stream]!.bytes = bytes
            add(bytes - share.bytes, to: share.group)
        } else {
            lastNumber += 1
            let group = group(process)
            shares[stream] = Share(group: group, number: lastNumber, bytes: bytes, end: end)
            sums[group, default: Sum()].streams += 1
            sums[group]!.line.append((lastNumber, stream))
            add(bytes, to: group)
        }
        while total > limit, let victim = heaviest() {
            let end = shares[victim]!.end
            remove(victim)
            end()
        }
    }

    /// Notes that a stream keeps nothing any more.
    func remove(_ stream: ObjectIdentifier) {
        guard let share = shares.removeValue(forKey: stream) else { return }
        add(-share.bytes, to: share.group)
        sums[share.group]!.streams -= 1
        tidy(share.group)
    }

    private func add(_ bytes: Int, to group: SenderGroup) {
        sums[group]!.bytes += bytes
        total += bytes
    }

    /// Forgets those that have gone: in front, so that the first is one that is there, and all where they are the most.
    private func tidy(_ group: SenderGroup) {
        if sums[group]!.streams == 0 { return sums[group] = nil }
        while let first = sums[group]!.line.first, !isThere(first) { _ = sums[group]!.line.popFirst() }
        guard sums[group]!.line.count > 2 * sums[group]!.streams + Self.mostGone else { return }
        var line = Fifo<(number: UInt64, stream: ObjectIdentifier)>()
        while let next = sums[group]!.line.popFirst() { if isThere(next) { line.append(next) } }
        sums[group]!.line = line
    }

    private func isThere(_ entry: (number: UInt64, stream: ObjectIdentifier)) -> Bool {
        shares[entry.stream]?.number == entry.number
    }

    /// The oldest share of the group that has the most bytes; among equals, of the one whose oldest is the older.
    private func heaviest() -> ObjectIdentifier? {
        sums.values.compactMap { sum in sum.line.first.map { (sum.bytes, $0.number, $0.stream) } }
            .max { ($0.0, $1.1) < ($1.0, $0.1) }?.2
    }

    /// A quarter of what may be locked.
    private nonisolated static var suitableLimit: Int {
        var lockable = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &lockable) == 0 else { return least }
        return max(least, min(most, Int(clamping: lockable.rlim_cur / 4)))
    }
}
