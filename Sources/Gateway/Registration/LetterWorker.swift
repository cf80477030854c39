import CLinux
import Glibc
import Posix

/// Prints letters in a thread of its own: those that wait at the start, each when it is asked for, and every ten minutes
/// those that could not be printed before. So no request waits for a printer, nor tells by its time that a letter goes out.
///
/// It ends with the process.
enum LetterWorker {
    /// Seconds after which letters that could not be printed are tried again.
    private static let patience: Int32 = 600

    /// Starts it, and has the services wake it.
    ///
    /// - Parameter complain: hears why printing failed; single letters that can't be printed are in the audit.
    static func start(
        _ services: GatewayServices, complain: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(SystemError) {
        let bell = try retrying("eventfd") { eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)) }
        services.onLetters {
            var one: UInt64 = 1
            // Full means that it rings already.
            unsafe _ = write(bell, &one, 8)
        }
        try startThread {
            while true {
                do { try services.printLetters() } catch { complain("letters could not be printed: \(error)") }
                wait(for: bell)
            }
        }
    }

    /// Waits until the bell was rung since the last time, or patience ends.
    private static func wait(for bell: Int32) {
        var entry = pollfd(fd: bell, events: Int16(POLLIN), revents: 0)
        unsafe _ = poll(&entry, 1, patience * 1000)
        var count: UInt64 = 0
        unsafe _ = read(bell, &count, 8)
    }
}
