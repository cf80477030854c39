import CLinux
import Glibc
public import Posix

/// What wakes a worker: an eventfd. However often it is rung, one wait takes all rings together.
public final class Bell: Sendable {
    private let descriptor: Descriptor

    public init() throws(SystemError) {
        descriptor = Descriptor(
            owning: try retrying("eventfd") { eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)) })
    }

    /// Rings; any thread may, and none waits.
    public func ring() {
        var one: UInt64 = 1
        // Full means that it rings already.
        unsafe _ = write(descriptor.number, &one, 8)
    }

    /// Waits until it was rung since the last time.
    ///
    /// - Parameter timeout: milliseconds after which it returns anyway; -1 for never.
    func wait(timeout: Int32) {
        var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        unsafe _ = poll(&entry, 1, timeout)
        var count: UInt64 = 0
        unsafe _ = read(descriptor.number, &count, 8)
    }
}

/// The bells of a gateway that serves: one for each kind of work that goes on beside its requests.
public struct WorkBells: Sendable {
    public let errands: Bell
    public let messages: Bell
    public let mails: Bell
    public let letters: Bell

    public init() throws(SystemError) {
        errands = try Bell()
        messages = try Bell()
        mails = try Bell()
        letters = try Bell()
    }

    /// Rings for work that may have been left, as once a minute. Letters have a longer pause of their own.
    public func ringForLeftWork() {
        for bell in [errands, messages, mails] { bell.ring() }
    }
}

/// A thread that does what waits, whenever its bell rings. It ends with the process.
public enum Worker {
    /// Starts it; what waits from before is done at once.
    ///
    /// - Parameter timeout: seconds after which it looks by itself; nil for never.
    public static func start(
        _ bell: Bell, timeout: Int32? = nil, _ work: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        try DetachedThread.start {
            while true {
                bell.wait(timeout: timeout.map { $0 * 1000 } ?? -1)
                work()
            }
        }
        bell.ring()
    }
}
