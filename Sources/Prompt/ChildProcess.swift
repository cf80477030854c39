import CLinux
import Glibc
import Posix

/// A prompt program that runs: its input, its output, and its end.
///
/// It is the first of a process group of its own, so that what it starts goes with it when the question is withdrawn, or
/// when this process is killed.
struct ChildProcess: ~Copyable {
    /// Milliseconds that a program told to end may take to put a window or a terminal in order.
    static let grace: Int32 = 500

    /// What it reads; closed by ``closeInput()``.
    private var input: Descriptor?
    /// What it writes.
    let output: Descriptor
    /// Readable when it has ended.
    let pidfd: Descriptor
    private let pid: pid_t
    private var isWaitedFor = false
    private let guardian: Guardian?

    /// Starts a program with pipes for its standard input and output.
    ///
    /// - Parameters:
    ///   - path: of its executable, absolute.
    ///   - environment: all of its variables.
    init(_ path: String, arguments: [String], environment: [String: String]) throws(SystemError) {
        let source = try Descriptor.pipe()
        let theirInput = Descriptor(owning: source.0)
        let ourInput = Descriptor(owning: source.1)
        let sink = try Descriptor.pipe()
        let ourOutput = Descriptor(owning: sink.0)
        let theirOutput = Descriptor(owning: sink.1)
        try ourOutput.setNonblocking()
        let pid = try Spawn.start(
            path, arguments: arguments, environment: environment.map { "\($0.key)=\($0.value)" },
            descriptors: [STDIN_FILENO: theirInput.number, STDOUT_FILENO: theirOutput.number], group: .own)
        let number = clave_pidfd_open(pid)
        guard number >= 0 else {
            let error = SystemError("pidfd_open")
            Spawn.endGroup(of: pid)
            throw error
        }
        self.pid = pid
        guardian = Self.guardian(of: pid)
        input = consume ourInput
        output = ourOutput
        pidfd = Descriptor(owning: number)
    }

    deinit {
        if !isWaitedFor { Spawn.endGroup(of: pid) }
        guardian?.dismiss()
    }

    // MARK: While it runs

    /// Writes to its input.
    borrowing func write(_ text: String) throws(SystemError) {
        let bytes = Array(text.utf8)
        switch input {
        case .some(let input): try input.writeAll(bytes)
        case .none: throw SystemError("write", number: EPIPE)
        }
    }

    /// Ends its input.
    mutating func closeInput() {
        input = nil
    }

    // MARK: Its end

    /// How it ended.
    enum Exit: Equatable {
        case code(Int32)
        case signal(Int32)
    }

    /// Waits for a program that has ended.
    mutating func wait() -> Exit {
        let status = Spawn.status(of: pid)
        isWaitedFor = true
        let signal = status & 0x7F
        return signal == 0 ? .code(status >> 8 & 0xFF) : .signal(signal)
    }

    /// Interrupts the group, as Ctrl-C would, and waits until none of it holds the output, or the grace is over.
    ///
    /// A pinentry puts a terminal back at this signal and at no other. It need not be the group's first process, which may
    /// be a shell that ends before it. It hears the signal only while it waits for a key, so it is sent again.
    mutating func interrupt() {
        closeInput()
        let tries: Int32 = 5
        // Without an event to wait for, only a hang-up ends it.
        var entry = pollfd(fd: output.number, events: 0, revents: 0)
        for _ in 0..<tries {
            kill(-pid, SIGINT)
            guard unsafe poll(&entry, 1, Self.grace / tries) <= 0 else { return }
        }
    }

    /// Tells the group to end, and ends it if it does not.
    mutating func stop() {
        closeInput()
        kill(-pid, SIGTERM)
        var entry = pollfd(fd: pidfd.number, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&entry, 1, Self.grace) < 0 && errno == EINTR {}
        Spawn.endGroup(of: pid)
        isWaitedFor = true
    }
}
