import Foundation
import Glibc
import Posix
import TestSupport
import Testing

@testable import Supervisor

/// A folder for one test's socket.
private func makeFolder() throws -> String {
    let folder = NSTemporaryDirectory() + "clave-socket-" + UUID().uuidString
    try Files.makeFolder(folder)
    return folder
}

private func mode(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
}

/// What the real `clave-agent` said and how it ended.
private func agent(_ arguments: [String], _ environment: [String: String]) throws -> Outcome {
    runProgram(try program("clave-agent"), arguments, environment: environment)
}

@Suite struct `The agent's place` {
    @Test func `is open to its owner alone`() throws {
        let folder = try makeFolder()
        let outcome = try agent(
            ["/bin/sh", "-c", "stat -c '%a %n' \"$CLAVE_AUTH_SOCK\" \"$(dirname \"$CLAVE_AUTH_SOCK\")\""],
            ["XDG_RUNTIME_DIR": folder, "HOME": folder, "PATH": "/usr/bin:/bin"])
        #expect(outcome.output == "600 \(folder)/clave-agent/agent.sock\n700 \(folder)/clave-agent\n")
        try eventually("the socket to go") { mode(folder + "/clave-agent/agent.sock") == 0 }
    }

    @Test func `is a fresh private folder where the system gives none, and is taken away again`() throws {
        let folder = try makeFolder()
        let outcome = try agent(
            ["/bin/sh", "-c", "stat -c %a \"$(dirname \"$CLAVE_AUTH_SOCK\")\"; exit 7"],
            ["TMPDIR": folder, "HOME": folder, "PATH": "/usr/bin:/bin"])
        #expect(outcome.output == "700\n")
        #expect(outcome.code == 7)
        try eventually("the folder to go") { try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty }
    }

    @Test(arguments: [0o755, 0o770, 0o777] as [mode_t])
    func `is refused where others have access to it`(open: mode_t) throws {
        let folder = try makeFolder()
        try Files.makeFolder(folder + "/clave-agent")
        chmod(folder + "/clave-agent", open)
        let outcome = try agent(["true"], ["XDG_RUNTIME_DIR": folder, "HOME": folder, "PATH": "/usr/bin:/bin"])
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("open to nobody else (chmod 700)"))
    }

    @Test func `is refused behind a link`() throws {
        let folder = try makeFolder()
        try Files.makeFolder(folder + "/elsewhere")
        symlink(folder + "/elsewhere", folder + "/clave-agent")
        let outcome = try agent(["true"], ["XDG_RUNTIME_DIR": folder, "HOME": folder, "PATH": "/usr/bin:/bin"])
        #expect(outcome.code == 1)
    }

    @Test func `is taken over from an agent that is dead, and not from one that lives`() throws {
        let path = try makeFolder() + "/agent.sock"
        do {
            let dead = try AgentSocket(at: path)
            _ = dead.path
        }
        #expect(mode(path) == 0o600)
        let living = try AgentSocket(at: path)
        var refused = ""
        do throws(AgentSocket.Failure) { _ = try AgentSocket(at: path).path } catch { refused = error.message }
        #expect(refused.contains("an agent listens at \(path) already"))
        living.remove()
        #expect(mode(path) == 0)
    }

    @Test func `never takes the place of a file that is no socket`() throws {
        let path = try makeFolder() + "/agent.sock"
        try Data("mine".utf8).write(to: URL(filePath: path))
        var isRefused = false
        do throws(AgentSocket.Failure) { _ = try AgentSocket(at: path).path } catch { isRefused = true }
        #expect(isRefused)
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("mine".utf8))
    }
}

@Suite struct `The agent's start` {
    @Test func `fails with the line of a configuration that is not understood`() throws {
        let folder = try makeFolder()
        try Files.makeFolder(folder + "/clave-agent")
        try Data("lifetime 1h\nPrompt window\n".utf8).write(to: URL(filePath: folder + "/clave-agent/config"))
        let outcome = try agent(["true"], ["XDG_CONFIG_HOME": folder, "HOME": folder, "XDG_RUNTIME_DIR": folder])
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("clave-agent/config:2: not understood: Prompt"))
    }

    @Test func `fails with what the command was, when there is none of that name`() throws {
        let folder = try makeFolder()
        let outcome = try agent(["/nonexistent/command"], ["HOME": folder, "XDG_RUNTIME_DIR": folder])
        #expect(outcome.code == 127)
        #expect(outcome.errors.contains("/nonexistent/command"))
    }

    @Test func `prints code that a shell understands, and ends by its number`() throws {
        let folder = try makeFolder()
        let script = """
            eval "$('\(try program("clave-agent"))' -s)" >/dev/null
            [ -S "$CLAVE_AUTH_SOCK" ] && kill -0 "$CLAVE_AGENT_PID" && echo runs
            eval "$('\(try program("clave-agent"))' -k)"
            echo "${CLAVE_AUTH_SOCK-unset}"
            """
        let shell = runProgram(
            "/bin/sh", ["-c", script],
            environment: ["HOME": folder, "XDG_RUNTIME_DIR": folder, "PATH": "/usr/bin:/bin"])
        let lines = shell.output.split(separator: "\n")
        #expect(lines.first == "runs")
        #expect(lines.dropFirst().first?.hasSuffix("killed") == true)
        #expect(lines.last == "unset")
        try eventually("the socket to go") { mode(folder + "/clave-agent/agent.sock") == 0 }
    }

    @Test func `without an agent to end says so`() throws {
        let none = try agent(["-k"], ["HOME": "/nonexistent"])
        #expect(none.code == 1)
        #expect(none.errors.contains("CLAVE_AGENT_PID not set, cannot kill agent"))
        let stranger = try agent(["-k"], ["HOME": "/nonexistent", "CLAVE_AGENT_PID": "\(getpid())"])
        #expect(stranger.code == 1)
        #expect(stranger.errors.contains("is no clave-agent"))
    }
}
