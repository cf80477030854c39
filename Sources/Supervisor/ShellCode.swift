/// The code that a shell evaluates to find the agent, or to forget it.
enum ShellCode {
    static func set(_ shell: AgentOptions.Shell, socket: String, pid: Int32) -> String {
        let path = quoted(socket)
        return switch shell {
        case .bourne:
            """
            CLAVE_AUTH_SOCK=\(path); export CLAVE_AUTH_SOCK;
            CLAVE_AGENT_PID=\(pid); export CLAVE_AGENT_PID;
            echo Agent pid \(pid);

            """
        case .csh:
            """
            setenv CLAVE_AUTH_SOCK \(path);
            setenv CLAVE_AGENT_PID \(pid);
            echo Agent pid \(pid);

            """
        }
    }

    static func unset(_ shell: AgentOptions.Shell, pid: Int32) -> String {
        switch shell {
        case .bourne: "unset CLAVE_AUTH_SOCK;\nunset CLAVE_AGENT_PID;\necho Agent pid \(pid) killed;\n"
        case .csh: "unsetenv CLAVE_AUTH_SOCK;\nunsetenv CLAVE_AGENT_PID;\necho Agent pid \(pid) killed;\n"
        }
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
