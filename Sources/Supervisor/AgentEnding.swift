import Glibc
import Posix

/// `clave-agent -k`: ends the agent that the environment names.
struct AgentEnding {
    private let options: AgentOptions
    private var guise: Guise { options.guise }

    init(_ options: AgentOptions) {
        self.options = options
    }

    /// Ends it, and prints the code that forgets it.
    ///
    /// - Returns: the exit code.
    func perform() -> Int32 {
        let name = guise.pidVariable
        guard let text = environment(name) else {
            return refuse("\(name) not set, cannot kill agent")
        }
        guard let pid = Int32(text), pid > 1 else {
            return refuse("\(name)=\"\(text)\", which is not a good PID: \(Self.fault(of: text))")
        }
        guard kill(pid, 0) == 0 || errno != ESRCH else { return refuse("kill: No such process") }
        guard isAgent(pid) else { return refuse("process \(pid) is no \(guise == .ssh ? "ssh-agent" : "clave-agent")") }
        guard kill(pid, SIGTERM) == 0 else {
            return refuse("\(SystemError("kill"))")
        }
        say(code: ShellCode(options).unset(pid: pid))
        return 0
    }

    /// As `strtonum` puts it.
    private static func fault(of text: String) -> String {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return "invalid" }
        return text.hasPrefix("-") || Int32(text) != nil ? "too small" : "too large"
    }

    private func refuse(_ text: String) -> Int32 {
        if guise == .ssh { complain(plain: text) } else { complain(text) }
        return 1
    }

    /// A number may have passed to another program. A hardened agent hides its executable from its own user; its name
    /// it tells.
    private func isAgent(_ pid: Int32) -> Bool {
        let name = ProcessStatus.name(of: pid)
        return name == "clave-agent" || (guise == .ssh && name == "ssh-agent")
    }
}
