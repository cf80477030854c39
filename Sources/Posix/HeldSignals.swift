import CLinux
public import Glibc

/// Holds back the signals that end a program while somebody else has its terminal in their hands: a shell takes over the
/// settings that it finds when a program of its own ends.
public struct HeldSignals: ~Copyable {
    /// How often it is looked whether the terminal was given back, and milliseconds in between: two seconds in all.
    private static let mostLooks = 400
    private static let interval: useconds_t = 5

    /// The signals that were not held back before.
    private var before = sigset_t()
    private let signals: Descriptor

    /// Those that would end this process now.
    public init() throws(SystemError) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in EndingSignals.all where EndingSignals.ends(number) { unsafe sigaddset(&set, number) }
        signals = Descriptor(
            owning: try retrying("signalfd") { unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)) })
        _ = unsafe sigprocmask(SIG_BLOCK, &set, &before)
    }

    deinit {
        var before = before
        _ = unsafe sigprocmask(SIG_SETMASK, &before, nil)
    }

    /// Waits until there is something to be read.
    ///
    /// At a signal it hangs up, waits for the terminal, and ends this process by the signal.
    ///
    /// - Parameter socket: the connection to whoever has the terminal.
    public func wait(for socket: Int32) {
        while true {
            var entries = [socket, signals.number].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let count = unsafe poll(&entries, nfds_t(entries.count), -1)
            if count < 0 && errno == EINTR { continue }
            guard count > 0, entries[1].revents != 0, let number = nextSignal() else { return }
            _ = shutdown(socket, Int32(SHUT_RDWR))
            for _ in 0..<Self.mostLooks {
                guard TerminalMark.isOnOwnTerminal else { break }
                usleep(Self.interval * 1000)
            }
            var before = before
            _ = unsafe sigprocmask(SIG_SETMASK, &before, nil)
            raise(number)
        }
    }

    private func nextSignal() -> Int32? {
        var info = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        let number = signals.number
        let count = unsafe withUnsafeMutableBytes(of: &info) { unsafe read(number, $0.baseAddress!, size) }
        return count == size ? Int32(info.ssi_signo) : nil
    }
}

/// By what the settings of a terminal are known for those of a question that hides it: `c_cc` has 19 places on Linux, and
/// VEOL2, the last with a meaning, is 16.
public enum TerminalMark {
    /// Where the mark is, and where it says which question's it is.
    public static let place = 18
    public static let ownerPlace = 17
    public static let value: UInt8 = 0xC1

    /// Whether these are a question's.
    public static func isOn(_ settings: termios) -> Bool {
        unsafe withUnsafeBytes(of: settings.c_cc) { unsafe $0[place] } == value
    }

    /// Whether a question has this process's terminal.
    static var isOnOwnTerminal: Bool {
        guard let terminal = try? Descriptor.open("/dev/tty", O_RDONLY | O_NOCTTY) else { return false }
        var settings = termios()
        return unsafe tcgetattr(terminal.number, &settings) == 0 && isOn(settings)
    }
}
