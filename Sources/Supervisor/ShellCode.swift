/// The code that a shell evaluates to find the agent, or to forget it.
struct ShellCode {
    private let shell: AgentOptions.Shell
    private let guises: [Guise]

    /// - Parameter guises: whose variables are set; the first one's is the agent's own.
    init(_ shell: AgentOptions.Shell, guises: [Guise] = [.clave]) {
        self.shell = shell
        self.guises = guises
    }

    /// What the options ask for.
    init(_ options: AgentOptions) {
        self.init(options.shell, guises: options.guise == .clave && options.ssh ? [.clave, .ssh] : [options.guise])
    }

    /// The variables by themselves.
    ///
    /// - Parameter pid: nil where nobody knows it.
    func variables(socket: String, pid: Int32?) -> [(name: String, value: String)] {
        guises.flatMap { guise in
            [(guise.socketVariable, socket)] + (pid.map { [(guise.pidVariable, "\($0)")] } ?? [])
        }
    }

    /// Code that sets them.
    func set(socket: String, pid: Int32?) -> String {
        let lines = variables(socket: socket, pid: pid).map { name, value in
            switch shell {
            case .bourne: "\(name)=\(quoted(value)); export \(name);\n"
            case .csh: "setenv \(name) \(quoted(value));\n"
            case .fish: "set -gx \(name) \(quoted(value));\n"
            }
        }
        return lines.joined() + (pid.map { "echo Agent pid \($0);\n" } ?? "")
    }

    /// Code that unsets them.
    func unset(pid: Int32) -> String {
        let word =
            switch shell {
            case .bourne: "unset"
            case .csh: "unsetenv"
            case .fish: "set -e"
            }
        return variables(socket: "", pid: pid).map { "\(word) \($0.name);\n" }.joined()
            + "echo Agent pid \(pid) killed;\n"
    }

    /// In single quotes, unless every character is harmless.
    private func quoted(_ text: String) -> String {
        let isHarmless = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || [45, 46, 47, 95].contains(byte)
        }
        return isHarmless ? text : "'" + text.unicodeScalars.map(inQuotes).joined() + "'"
    }

    /// What stands for a character between single quotes.
    private func inQuotes(_ scalar: Unicode.Scalar) -> String {
        switch (shell, scalar) {
        case (.fish, "'"), (.fish, "\\"): "\\\(scalar)"
        case (_, "'"): "'\\''"
        // Its history and its lines' ends, which a path carries (``SystemText``), reach into quotes.
        case (.csh, "!"), (.csh, "\n"), (.csh, "\u{10FE0A}"): "\\\(scalar)"
        default: "\(scalar)"
        }
    }
}
