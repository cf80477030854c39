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

    private struct Share {
        let group: SenderGroup
        /// Its place in the order in which streams began to keep something.
        let number: UInt64
        var bytes: Int
        let end: @CoreActor () -> Void
    }

    private let limit: Int
    private let group: (Int32) -> SenderGroup
    private var shares: [ObjectIdentifier: Share] = [:]
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
            total += bytes - share.bytes
            shares[stream]!.bytes = bytes
        } else {
            lastNumber += 1
            shares[stream] = Share(group: group(process), number: lastNumber, bytes: bytes, end: end)
            total += bytes
        }
        while total > limit, let victim = heaviest() {
            let end = shares[victim]!.end
            remove(victim)
            end()
        }
    }

    /// Notes that a stream keeps nothing any more.
    func remove(_ stream: ObjectIdentifier) {
        if let share = shares.removeValue(forKey: stream) { total -= share.bytes }
    }

    /// The oldest share of the group that has the most bytes; among equals, of the one whose oldest is the older.
    private func heaviest() -> ObjectIdentifier? {
        var sums: [SenderGroup: (bytes: Int, oldest: UInt64, stream: ObjectIdentifier)] = [:]
        for (stream, share) in shares {
            let sum = sums[share.group] ?? (0, .max, stream)
            let isOlder = share.number < sum.oldest
            sums[share.group] = (
                sum.bytes + share.bytes, isOlder ? share.number : sum.oldest, isOlder ? stream : sum.stream
            )
        }
        return sums.values.max { ($0.bytes, $1.oldest) < ($1.bytes, $0.oldest) }?.stream
    }

    /// A quarter of what may be locked.
    private nonisolated static var suitableLimit: Int {
        var lockable = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &lockable) == 0 else { return least }
        return max(least, min(most, Int(clamping: lockable.rlim_cur / 4)))
    }
}
