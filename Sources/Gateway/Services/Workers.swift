import CLinux
import Glibc
import Posix

/// A thread that does what waits, whenever it is told that something may.
///
/// It ends with the process.
final class Worker: Sendable {
    /// An eventfd: however often it was rung, one read takes all rings together.
    private let bell: Descriptor
    /// Milliseconds after which the work is done although nobody rang; -1 for never.
    private let patience: Int32

    private init(patience: Int32?) throws(SystemError) {
        bell = Descriptor(
            owning: try retrying("eventfd") { eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)) })
        self.patience = patience.map { $0 * 1000 } ?? -1
    }

    /// Starts it; what waits from before is done at once.
    ///
    /// - Parameter patience: seconds after which it looks by itself; nil for never.
    /// - Returns: tells it that something waits.
    static func start(
        patience: Int32? = nil, _ work: @escaping @Sendable () -> Void
    ) throws(SystemError) -> @Sendable () -> Void {
        let worker = try Worker(patience: patience)
        try DetachedThread.start {
            while true {
                worker.wait()
                work()
            }
        }
        worker.ring()
        return { worker.ring() }
    }

    private func ring() {
        var one: UInt64 = 1
        // Full means that it rings already.
        unsafe _ = write(bell.number, &one, 8)
    }

    /// Waits until the bell was rung since the last time, or patience ends.
    private func wait() {
        var entry = pollfd(fd: bell.number, events: Int16(POLLIN), revents: 0)
        unsafe _ = poll(&entry, 1, patience)
        var count: UInt64 = 0
        unsafe _ = read(bell.number, &count, 8)
    }
}

extension GatewayServices {
    /// Seconds after which letters that could not be printed are tried again.
    private static let printerPatience: Int32 = 600

    /// Starts the threads that run errands, hand messages and e-mail over, and print letters, each by itself: a slow modem
    /// keeps no PIN from a device, and no request waits for a printer, nor tells by its time that a letter goes out.
    ///
    /// - Parameter complain: hears why something could not be done; it is tried again with the next, and each minute. Single
    ///   messages, mails and letters that fail are in the audit.
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
        if mailer != nil {
            onMails(
                try Worker.start {
                    do { try self.sendMails() } catch { complain("e-mail could not be sent: \(error)") }
                })
        }
        guard printer != nil else { return }
        onLetters(
            try Worker.start(patience: Self.printerPatience) {
                do { try self.printLetters() } catch { complain("letters could not be printed: \(error)") }
            })
    }
}
