import CSodium
import Glibc
import Synchronization

/// Memory for secrets, and what happens where it can't be locked: a secret may then reach the disk with other memory that
/// the kernel swaps out. Nothing is refused for that, since a limit of the system's must not keep anybody from their keys;
/// but it is told.
public enum LockedMemory {
    private static let handler = Mutex<(@Sendable () -> Void)?>(nil)
    private static let hasFailed = Atomic(false)

    /// Has `action` called once, when memory can't be locked for the first time; at once if that has been already.
    public static func onFirstFailure(_ action: @escaping @Sendable () -> Void) {
        if hasFailed.load(ordering: .relaxed) { return action() }
        handler.withLock { $0 = action }
    }

    /// Guarded memory of `count` bytes, which `sodium_free` gives back; memory that can't be had ends the process.
    static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        Sodium.prepare()
        guard let base = unsafe sodium_malloc(count) else { fatalError("no memory for a secret") }
        unsafe wipeInForks(base, count)
        // libsodium does not tell whether it could lock it. What is locked already counts once, however often it is asked for.
        if unsafe mlock(base, count) != 0 { fail() }
        return unsafe base
    }

    /// Has a forked copy of this process find zeros. Kernels before Linux 4.14 can't, and a copy then has what its maker had.
    ///
    /// The copy must not free what it inherits: libsodium's canary, in the same page, is zero there as well.
    private static func wipeInForks(_ base: UnsafeMutableRawPointer, _ count: Int) {
        let page = Int(getpagesize())
        let offset = Int(bitPattern: base) % page
        _ = unsafe madvise(base - offset, offset + count, MADV_WIPEONFORK)
    }

    private static func fail() {
        guard !hasFailed.exchange(true, ordering: .relaxed) else { return }
        let action = handler.withLock { $0.take() }
        action?()
    }
}
