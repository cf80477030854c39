import Glibc
import Posix

/// A thread that does what waits, whenever it is told that something may.
///
/// It ends with the process.
@safe
final class Worker: @unchecked Sendable {
    private var bell = sem_t()

    private init() { unsafe sem_init(&bell, 0, 0) }
    deinit { unsafe sem_destroy(&bell) }

    /// Starts it; what waits from before is done at once.
    ///
    /// - Returns: tells it that something waits.
    static func start(_ work: @escaping @Sendable () -> Void) throws(SystemError) -> @Sendable () -> Void {
        let worker = Worker()
        try startThread {
            while true {
                worker.wait()
                work()
            }
        }
        worker.ring()
        return { worker.ring() }
    }

    private func ring() { unsafe _ = sem_post(&bell) }

    /// Waits for the bell, and takes all its rings together.
    private func wait() {
        while unsafe sem_wait(&bell) != 0 {}
        while unsafe sem_trywait(&bell) == 0 {}
    }
}

extension GatewayServices {
    /// Starts the threads that run errands and hand messages over, each by itself: a slow modem keeps no PIN from a device.
    ///
    /// - Parameter complain: hears why something could not be done; it is tried again with the next, and each minute.
    func startWorkers(complain: @escaping @Sendable (String) -> Void) throws {
        try releaseMessages()
        onErrands(
            try Worker.start {
                do { try self.runErrands() } catch { complain("requests could not be carried out: \(error)") }
            })
        onMessages(
            try Worker.start {
                do { try self.sendMessages() } catch { complain("messages could not be sent: \(error)") }
            })
    }
}
