import CLinux
import Glibc
import Posix

/// A prompt program that runs: its input, its output, and its end.
///
/// It is the first of a process group of its own, so that what it starts goes with it when the question is withdrawn.
struct ChildProcess: ~Copyable {
    /// Milliseconds that a program told to end may take to put a window or a terminal in order.
    private static let grace: Int32 = 500

    /// What it reads; closed by ``closeInput()``.
    private var input: Descriptor?
    /// What it writes.
    let output: Descriptor
    /// Readable when it has ended.
    let pidfd: Descriptor
    private let pid: pid_t
    private var isWaitedFor = false

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
        let pid = try Self.spawn(
            path, arguments: arguments, environment: environment, input: theirInput.number, output: theirOutput.number)
        let number = clave_pidfd_open(pid)
        guard number >= 0 else {
            let error = SystemError("pidfd_open")
            Self.end(pid)
            throw error
        }
        self.pid = pid
        input = consume ourInput
        output = ourOutput
        pidfd = Descriptor(owning: number)
    }

    deinit {
        if !isWaitedFor { Self.end(pid) }
    }

    /// Ends a group, and waits for its first process.
    @discardableResult
    private static func end(_ pid: pid_t) -> Int32 {
        kill(-pid, SIGKILL)
        return wait(pid)
    }

    private static func wait(_ pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return status
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
        let status = Self.wait(pid)
        isWaitedFor = true
        let signal = status & 0x7F
        return signal == 0 ? .code(status >> 8 & 0xFF) : .signal(signal)
    }

    /// Tells the group to end, and ends it if it does not.
    mutating func stop() {
        closeInput()
        kill(-pid, SIGTERM)
        var entry = pollfd(fd: pidfd.number, events: Int16(POLLIN), revents: 0)
        while unsafe poll(&entry, 1, Self.grace) < 0 && errno == EINTR {}
        Self.end(pid)
        isWaitedFor = true
    }

    // MARK: Its start

    private static func spawn(
        _ path: String, arguments: [String], environment: [String: String], input: Int32, output: Int32
    ) throws(SystemError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe setAttributes(&attributes)
        return try unsafe withCStrings([path] + arguments) { argumentVector throws(SystemError) -> pid_t in
            let variables = environment.map { "\($0.key)=\($0.value)" }
            return try unsafe withCStrings(variables) { environmentVector throws(SystemError) -> pid_t in
                var pid: pid_t = 0
                let failure = unsafe posix_spawn(
                    &pid, path, &actions, &attributes, argumentVector, environmentVector)
                guard failure == 0 else { throw SystemError("start \(path)", number: failure) }
                return pid
            }
        }
    }

    /// A group of its own, and signals as a fresh program expects them: this process blocks some and ignores one.
    private static func setAttributes(_ attributes: UnsafeMutablePointer<posix_spawnattr_t>) {
        var none = sigset_t()
        unsafe sigemptyset(&none)
        var broken = none
        unsafe sigaddset(&broken, SIGPIPE)
        unsafe posix_spawnattr_setsigmask(attributes, &none)
        unsafe posix_spawnattr_setsigdefault(attributes, &broken)
        unsafe posix_spawnattr_setpgroup(attributes, 0)
        let flags = Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
        unsafe posix_spawnattr_setflags(attributes, flags)
    }

    private static func withCStrings<Value>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) throws(SystemError) -> Value
    ) throws(SystemError) -> Value {
        let vector = unsafe texts.map { unsafe strdup($0) } + [nil]
        defer { unsafe vector.forEach { unsafe free($0) } }
        return try unsafe body(vector)
    }
}
