import AgentProtocol
import CLinux
import Glibc
import Posix

/// What ends a question from outside.
enum Ending: Equatable {
    /// The core closed the pipe: the client went away, or the request is over.
    case withdrawn
    /// Nobody answered in time.
    case deadline
    /// This process was told to end.
    case signal(Int32)
}

/// Waits for a way's descriptors, and at the same time for everything that ends the question.
final class Watch {
    /// Far enough for any question, near enough for `poll`.
    private static let longestWait: UInt64 = 86_400

    private let pipe: Int32
    private let signals: Descriptor
    /// By the clock that counts a sleeping machine's time too.
    private let end: UInt64

    /// Ends at `deadline` (seconds since 1970), when `pipe` says anything at all, or at a signal to end.
    init(pipe: Int32, deadline: UInt64) throws(SystemError) {
        self.pipe = pipe
        let now = Clock.now()
        let left = deadline > now ? min(deadline - now, Self.longestWait) : 0
        end = SteadyClock.milliseconds + left * 1000
        signals = try Self.catchSignals()
    }

    /// One of the same pipe that ends after other seconds.
    func anew(seconds: UInt64) throws(WayError) -> Watch {
        do throws(SystemError) { return try Watch(pipe: pipe, deadline: Clock.now() + seconds) } catch {
            throw .failed(error.description)
        }
    }

    /// Milliseconds left.
    var millisecondsLeft: UInt64 {
        let now = SteadyClock.milliseconds
        return end > now ? end - now : 0
    }

    /// Waits until one of `descriptors` is ready.
    ///
    /// - Parameter limit: milliseconds after which it returns all the same.
    /// - Returns: For each, in order, what `poll` says of it.
    @discardableResult
    func wait(_ descriptors: (number: Int32, events: Int32)..., within limit: Int32? = nil) throws(WayError) -> [Int32]
    {
        let until = limit.map { SteadyClock.milliseconds + UInt64($0) }
        var entries = ([(pipe, POLLIN), (signals.number, POLLIN)] + descriptors).map {
            pollfd(fd: $0.0, events: Int16($0.1), revents: 0)
        }
        while true {
            let left = millisecondsLeft
            guard left > 0 else { throw .ended(.deadline) }
            let rest = until.map { $0 - min($0, SteadyClock.milliseconds) } ?? left
            let count = unsafe poll(&entries, nfds_t(entries.count), Int32(min(left, rest)))
            if count < 0 && errno != EINTR { throw .failed("poll: error \(errno)") }
            if count == 0, let until, SteadyClock.milliseconds >= until { return descriptors.map { _ in 0 } }
            guard count > 0 else { continue }
            if entries[1].revents != 0 { throw .ended(.signal(nextSignal())) }
            // While a question is open the core says nothing, so a byte is as final as a hang-up. After a secret, it is the
            // next question: the waiting ends all the same.
            if entries[0].revents != 0 { throw .ended(.withdrawn) }
            return entries[2...].map { Int32($0.revents) }
        }
    }

    // MARK: Signals

    private static func catchSignals() throws(SystemError) -> Descriptor {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in [SIGTERM, SIGHUP, SIGINT, SIGQUIT] { unsafe sigaddset(&set, number) }
        try retrying("sigprocmask") { unsafe sigprocmask(SIG_BLOCK, &set, nil) }
        let flags = Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)
        return Descriptor(owning: try retrying("signalfd") { unsafe signalfd(-1, &set, flags) })
    }

    private func nextSignal() -> Int32 {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        let number = signals.number
        let count = unsafe withUnsafeMutableBytes(of: &info) { unsafe Glibc.read(number, $0.baseAddress!, size) }
        return count == size ? Int32(info.ssi_signo) : SIGTERM
    }
}
