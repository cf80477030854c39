import AgentProtocol
import CLinux
import Glibc
import Posix
import SecureMemory
import Testing
import Wire

/// A real `clave-prompt` at the other end of a pipe; the test plays the core.
final class PromptRun {
    private var channel: FrameChannel?
    private let pid: pid_t
    private var isWaitedFor = false

    /// Starts it as the supervisor does, and sends it a question.
    ///
    /// - Parameter shell: a script that starts `$0` otherwise, as the first of a session of its own.
    init(_ question: Question?, environment: [String: String] = [:], shell: String? = nil) throws {
        let ends = try Descriptor.pair()
        let ours = Descriptor(owning: ends.0)
        let theirs = Descriptor(owning: ends.1)
        let null = try Descriptor.open("/dev/null", O_RDWR)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        for number in Int32(0)...2 { posix_spawn_file_actions_adddup2(&actions, null.number, number) }
        posix_spawn_file_actions_adddup2(&actions, theirs.number, 3)
        let path = Files.programFolder + "/clave-prompt"
        let variables = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
        let words = shell.map { ["/bin/sh", "-c", $0, path] } ?? [path]
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        // Without POSIX_SPAWN_SETSIGMASK, the shell would not hear of its child: the tests' threads block SIGCHLD.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        let setsid: Int16 = 0x80
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | (shell == nil ? 0 : setsid))
        var arguments = words.map { strdup($0) } + [nil]
        var environment = variables.map { strdup($0) } + [nil]
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &environment)
        (arguments + environment).forEach { free($0) }
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
        try #require(failure == 0, "\(path) could not be started")
        self.pid = pid
        let channel = FrameChannel(ours)
        if let question { try channel.send(question) }
        self.channel = consume channel
    }

    deinit {
        guard !isWaitedFor else { return }
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    /// What it answers: the outcome, the value as text (the tests' values are no secrets), the detail, and where.
    func answer() throws -> (outcome: Answer.Outcome, value: String, detail: String, place: Answer.Place) {
        let payload = try receive()
        let answer = try payload.withBytes { bytes throws(WireError) in try Answer.decode(payload: bytes) }
        guard let answer else { throw Overdue("an answer") }
        let value = answer.value.withBytes { bytes in
            String(
                decoding: (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) },
                as: UTF8.self)
        }
        return (answer.outcome, value, answer.detail, answer.place)
    }

    private func receive() throws -> SecretBytes {
        switch channel {
        case .some(let channel):
            try ready(channel.descriptor.number, for: "an answer")
            return try channel.receive()
        case .none: throw Overdue("an answer on a closed pipe")
        }
    }

    /// Closes the pipe, as the core does when the client is gone.
    func withdraw() {
        channel = nil
    }

    func signal(_ number: Int32) {
        kill(pid, number)
    }

    /// Its exit code, once it has ended by itself; 128 + the signal that ended it.
    func exitCode() throws -> Int32 {
        let pidfd = Descriptor(owning: clave_pidfd_open(pid))
        try ready(pidfd.number, for: "the end of clave-prompt")
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        isWaitedFor = true
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
}
