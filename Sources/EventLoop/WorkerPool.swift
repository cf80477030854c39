import Glibc
import Posix
import Synchronization

/// Threads for what takes long (key derivation, RSA), so that the loop never waits: as many as processors, started at
/// the first use. Where there can be no thread, the caller works itself.
public final class WorkerPool: @unchecked Sendable {
    /// The one pool.
    public static let shared = WorkerPool()

    private let queue = Mutex(Fifo<@Sendable () -> Void>())
    private var available = sem_t()
    private let workers = Mutex(0)

    private init() {
        unsafe sem_init(&available, 0, 0)
    }

    /// The result of `work`, computed on a worker.
    @CoreActor
    public func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            enqueue { continuation.resume(returning: work()) }
        }
    }

    /// Computes `work` on a worker and gives the result to `completion` on the loop: for what comes thousands of times a
    /// second, where a task's ways cost as much as the work.
    @CoreActor
    public func run<Value: Sendable>(
        _ work: @escaping @Sendable () -> Value, then completion: @escaping @CoreActor (Value) -> Void
    ) {
        enqueue {
            let value = work()
            EventLoop.shared.perform { CoreActor.assumeIsolated { completion(value) } }
        }
    }

    private func enqueue(_ work: @escaping @Sendable () -> Void) {
        guard hasWorkers() else { return work() }
        queue.withLock { $0.append(work) }
        unsafe sem_post(&available)
    }

    /// Starts the workers at the first use; whether there are any.
    private func hasWorkers() -> Bool {
        workers.withLock { workers in
            if workers == 0 { workers = (0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))).count { _ in start() } }
            return workers > 0
        }
    }

    private func start() -> Bool { (try? DetachedThread.start { WorkerPool.shared.work() }) != nil }

    private func work() {
        while true {
            unsafe sem_wait(&available)
            let next = queue.withLock { $0.popFirst() }
            next?()
        }
    }
}
