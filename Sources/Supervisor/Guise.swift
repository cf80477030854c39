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

    /// The exit code for a command line that is not understood.
    var usageCode: Int32 { self == .ssh ? 1 : 64 }

    /// The exit code for a command that could not be started.
    func startCode(notFound: Bool) -> Int32 {
        switch self {
        case .ssh: 1
        case .clave: notFound ? 127 : 126
        }
    }
}
