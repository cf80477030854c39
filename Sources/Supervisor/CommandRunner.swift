import CLinux
import Glibc
import Posix

/// Starts the command that an agent lives for.
enum CommandRunner {
    /// The command's process; it finds the agent in its environment.
    static func start(_ arguments: [String], socket: String) throws(SystemError) -> Int32 {
        let path = try executable(arguments[0])
        var variables = allVariables().filter {
            !$0.hasPrefix("CLAVE_AUTH_SOCK=") && !$0.hasPrefix("CLAVE_AGENT_PID=")
        }
        variables += ["CLAVE_AUTH_SOCK=\(socket)", "CLAVE_AGENT_PID=\(getpid())"]
        return try Spawn.start(
            path, arguments: Array(arguments.dropFirst()), environment: variables,
            descriptors: [0: 0, 1: 1, 2: 2], group: .parents)
    }

    private static func executable(_ name: String) throws(SystemError) -> String {
        if name.contains("/") { return name }
        for folder in (environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
            let candidate = "\(folder)/\(name)"
            if unsafe access(candidate, X_OK) == 0 { return candidate }
        }
        throw SystemError("start \(name)", number: ENOENT)
    }

    private static func allVariables() -> [String] {
        var variables: [String] = []
        var pointer = unsafe clave_environment()
        while let entry = unsafe pointer?.pointee {
            variables.append(unsafe String(cString: entry))
            unsafe pointer = pointer?.advanced(by: 1)
        }
        return variables
    }
}

/// Programs that may be started with a socket to the keys.
enum TrustedFile {
    /// Refuses a file that another user owns or could change.
    static func check(_ path: String) throws(SystemError) {
        var status = stat()
        try retrying("stat \(path)") { unsafe stat(path, &status) }
        let isOurs = status.st_uid == 0 || status.st_uid == geteuid()
        guard isOurs, status.st_mode & 0o022 == 0 else {
            throw SystemError("\(path) belongs to another user or is writable by others", number: EPERM)
        }
    }
}
