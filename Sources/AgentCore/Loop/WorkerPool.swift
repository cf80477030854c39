import Glibc
import Synchronization

/// Threads for what takes long (key derivation, RSA), so that the loop never waits: as many as processors, started at
/// the first use.
final class WorkerPool: @unchecked Sendable {
    static let shared = WorkerPool()

    private let queue = Mutex<[@Sendable () -> Void]>([])
    private var available = sem_t()
    private let started = Mutex(false)

    private init() {
        unsafe sem_init(&available, 0, 0)
    }

    /// The result of `work`, computed on a worker.
    func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        startOnce()
        return await withCheckedContinuation { continuation in
            queue.withLock { $0.append { continuation.resume(returning: work()) } }
            unsafe sem_post(&available)
        }
    }

    private func startOnce() {
        let isFirst = started.withLock { started in
            defer { started = true }
            return !started
        }
        guard isFirst else { return }
        for _ in 0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) {
            var thread = pthread_t()
            unsafe pthread_create(
                &thread, nil,
                { _ in
                    WorkerPool.shared.work()
                    return nil
                }, nil)
            pthread_detach(thread)
        }
    }

    private func work() {
        while true {
            unsafe sem_wait(&available)
            let next = queue.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            next?()
        }
    }
}
