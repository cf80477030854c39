import Glibc
import Posix

/// A thread that sends the mails that wait, whenever it is told that some may.
@safe
final class MailWorker: @unchecked Sendable {
    private var bell = sem_t()

    private init() { unsafe sem_init(&bell, 0, 0) }
    deinit { unsafe sem_destroy(&bell) }

    /// Starts it; those that wait from before go out at once.
    static func start(_ services: GatewayServices) throws(SystemError) {
        let worker = MailWorker()
        services.onMails { worker.ring() }
        try startThread {
            while true {
                worker.wait()
                // What fails is in the audit, or the store fails and no line can be written.
                try? services.sendMails()
            }
        }
        worker.ring()
    }

    private func ring() { unsafe _ = sem_post(&bell) }
    private func wait() { while unsafe sem_wait(&bell) != 0 {} }
}
