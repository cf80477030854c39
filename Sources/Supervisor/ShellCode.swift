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
    func variables(socket: String, pid: Int32) -> [(name: String, value: String)] {
        guises.flatMap { [($0.socketVariable, socket), ($0.pidVariable, "\(pid)")] }
    }

    /// Code that sets them.
    func set(socket: String, pid: Int32) -> String {
        variables(socket: socket, pid: pid).map { name, value in
            let value = Self.quoted(value)
            return shell == .bourne ? "\(name)=\(value); export \(name);\n" : "setenv \(name) \(value);\n"
        }.joined() + "echo Agent pid \(pid);\n"
    }

    /// Code that unsets them.
    func unset(pid: Int32) -> String {
        variables(socket: "", pid: pid).map { "\(shell == .bourne ? "unset" : "unsetenv") \($0.name);\n" }.joined()
            + "echo Agent pid \(pid) killed;\n"
    }

    /// In single quotes, unless every character is harmless.
    private static func quoted(_ text: String) -> String {
        let isHarmless = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || [45, 46, 47, 95].contains(byte)
        }
        return isHarmless
            ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
