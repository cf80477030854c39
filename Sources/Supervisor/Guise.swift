import Posix

/// The name that the agent goes by: its own, or that of the agent that it stands in for.
///
/// Started as `ssh-agent` (through a link of that name), it prints OpenSSH's variables and texts, so that scripts
/// written for the other need no change.
enum Guise: Equatable {
    case clave
    case ssh

    /// Chooses by the program's name as it was called, `argv[0]`.
    init(programName: String) {
        let last = programName.split(separator: "/").last ?? ""
        // A login shell's mark.
        self = last.drop { $0 == "-" } == "ssh-agent" ? .ssh : .clave
    }

    /// The variable that names the socket.
    var socketVariable: String { self == .ssh ? "SSH_AUTH_SOCK" : "CLAVE_AUTH_SOCK" }

    /// The variable that names the process.
    var pidVariable: String { self == .ssh ? "SSH_AGENT_PID" : "CLAVE_AGENT_PID" }

    /// Says what is wrong with a command line.
    ///
    /// - Returns: the exit code.
    func refuse(_ error: Options.UsageError) -> Int32 {
        switch (self, error.kind) {
        case (.clave, _):
            complain("\(error.message)\nTry 'clave-agent --help'.")
            return 64
        // The lines of OpenSSH's log end in a carriage return.
        case (.ssh, .refusedValue):
            complain(plain: "\(error.message)\r")
            return 255
        case (.ssh, .unknownLetter(let letter)): complain(plain: "unknown option -- \(letter)\r")
        case (.ssh, .missingValue(let letter)): complain(plain: "option requires an argument -- \(letter)\r")
        case (.ssh, .combination): break
        case (.ssh, .other): complain(plain: error.message)
        }
        complain(plain: AgentOptions.sshUsage)
        return 1
    }

    /// The exit code for a command that could not be started.
    func startCode(notFound: Bool) -> Int32 {
        switch self {
        case .ssh: 1
        case .clave: notFound ? 127 : 126
        }
    }
}
