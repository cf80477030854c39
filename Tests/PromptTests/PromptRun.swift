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

    /// Whether an answer has come, after which the core closes the pipe, or asks again.
    private var isAnswered = false

    /// Starts it as the supervisor does, and sends it a question.
    ///
    /// - Parameter shell: a script that starts `$0` otherwise, as the first of a session of its own.
    init(_ question: Question?, environment: [String: String] = [:], shell: String? = nil) throws {
        let ends = try Descriptor.pair()
        let ours = Descriptor(owning: ends.0)
        let theirs = Descriptor(owning: ends.1)
        let null = try Descriptor.open("/dev/null", O_RDWR)
        let path = (OwnProgram.folder ?? "") + "/clave-prompt"
        let variables = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        pid = try Spawn.start(
            shell == nil ? path : "/bin/sh", arguments: shell.map { ["-c", $0, path] } ?? [],
            environment: variables.map { "\($0.key)=\($0.value)" },
            descriptors: [0: null.number, 1: null.number, 2: null.number, 3: theirs.number],
            group: shell == nil ? .parents : .session)
        channel = FrameChannel(ours)
        if let question { try ask(question) }
    }

    /// Sends it a question, the first or one more.
    func ask(_ question: Question) throws {
        isAnswered = false
        switch channel {
        case .some(let channel): try channel.send(question)
        case .none: throw Overdue("a pipe")
        }
    }

    /// The process that was started.
    var process: Int32 { pid }

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
        isAnswered = true
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

    /// Its exit code, once it has ended by itself, which it does after an answer when the core closes the pipe; 128 + the
    /// signal that ended it.
    func exitCode() throws -> Int32 {
        if isAnswered { withdraw() }
        let pidfd = Descriptor(owning: clave_pidfd_open(pid))
        try ready(pidfd.number, for: "the end of clave-prompt")
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        isWaitedFor = true
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
}
