import CLinux
import Glibc

/// Bounds the guarded memory in which streams keep what has come and can't be answered yet: incomplete frames, and requests
/// behind one that is being answered.
///
/// That memory is locked, and `RLIMIT_MEMLOCK` bounds all that is: who sends much that they never finish must not make
/// the secrets unlocked that come later. Where it is too much, the process that has the most gives: the stream of its
/// that has kept something for the longest time is ended.
@CoreActor
final class InputBudget {
    static let shared = InputBudget(limit: suitableLimit)

    /// At most, where the kernel's limit permits that, and at least, so that some frames of the largest size fit.
    private nonisolated static let most = 4 << 20
    private nonisolated static let least = 1 << 20
    /// What an allocation takes besides its bytes, at the most: a part of a page before it and one behind it.
    private nonisolated static let overhead = 2 * 4096

    private struct Share {
        let process: Int32
        /// Its place in the order in which streams began to keep something.
        let number: UInt64
        var bytes: Int
        let end: @CoreActor () -> Void
    }

    private let limit: Int
    private var shares: [ObjectIdentifier: Share] = [:]
    private var lastNumber: UInt64 = 0
    /// Bytes of all shares.
    private(set) var total = 0

    /// - Parameter limit: bytes that may be kept in all.
    init(limit: Int) { self.limit = limit }

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
            shares[stream] = Share(process: process, number: lastNumber, bytes: bytes, end: end)
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

    /// The oldest share of the process that has the most bytes.
    private func heaviest() -> ObjectIdentifier? {
        var sums: [Int32: Int] = [:]
        for share in shares.values { sums[share.process, default: 0] += share.bytes }
        guard let process = sums.max(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key else { return nil }
        return shares.filter { $0.value.process == process }.min { $0.value.number < $1.value.number }?.key
    }

    /// A quarter of what may be locked.
    private nonisolated static var suitableLimit: Int {
        var lockable = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &lockable) == 0 else { return least }
        return max(least, min(most, Int(clamping: lockable.rlim_cur / 4)))
    }
}
