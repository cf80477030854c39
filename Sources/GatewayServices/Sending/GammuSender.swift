public import ClaveDomain
public import Posix

/// Hands each message to `gammu-smsd-inject`, which queues it for a modem; the text goes by its standard input, so that
/// no other process can read it in the arguments.
public struct GammuSender: MessageSender {
    /// Characters of a message: seven parts of 67. Without it the program cuts every message at 70.
    private static let maximumLength = 469

    /// Where the program lies.
    let program: String
    /// Its configuration; nil for its own default.
    let configuration: String?
    /// Milliseconds that it has: one that hangs must not keep all later messages from going out.
    let patience: UInt64

    public init(
        program: String = "/usr/bin/gammu-smsd-inject", configuration: String? = nil,
        patience: UInt64 = TimedProgram.usualPatience
    ) {
        self.program = program
        self.configuration = configuration
        self.patience = patience
    }

    public func send(_ text: String, to phone: PhoneNumber) throws(SystemError) {
        let options = configuration.map { ["-c", $0] } ?? []
        let run = TimedProgram(
            path: program,
            arguments: options + ["TEXT", phone.text, "-unicode", "-autolen", "\(Self.maximumLength)"],
            patience: patience)
        try run.run(input: Array(text.utf8))
    }
}
