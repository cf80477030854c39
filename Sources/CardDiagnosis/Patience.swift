import Glibc
import Posix
import Synchronization

/// Ends the process when nothing has happened for a while: PC/SC's library waits without end for a service that does not
/// answer, and can't be called off.
final class Patience: Sendable {
    /// Seconds: a card of the first chips in a slow reader takes about ten to be read.
    static let seconds = 20

    private let last = Mutex(SuspendingClock.now)
    private let end: @Sendable () -> Never

    /// - Parameter end: what ends the process, on a thread of its own.
    init(_ end: @escaping @Sendable () -> Never) {
        self.end = end
    }

    /// Something has happened.
    func renew() { last.withLock { $0 = .now } }

    /// Watches from now on; where there can be no thread, nobody does.
    func start() {
        renew()
        try? DetachedThread.start { self.watch() }
    }

    private func watch() -> Never {
        while last.withLock({ SuspendingClock.now - $0 }) < .seconds(Self.seconds) { usleep(200_000) }
        end()
    }
}
