import Foundation
import Glibc
import Posix
import TestSupport

/// A folder for one test, in which shell scripts find the agent by both of its names, and what they need.
struct Scene {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "clave-life-" + UUID().uuidString.prefix(8)
        try Files.makeFolder(folder + "/bin")
        let agent = try program("clave-agent")
        for name in ["clave-agent", "ssh-agent"] { symlink(agent, folder + "/bin/" + name) }
    }

    var environment: [String: String] {
        [
            "HOME": folder, "TMPDIR": folder, "PATH": "\(folder)/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8",
        ]
    }

    /// Runs a script of the shell's in the folder, to its end.
    func run(_ script: String, environment extra: [String: String] = [:]) -> Outcome {
        runProgram(
            "/bin/sh", ["-c", "cd \"$HOME\"\n" + script], environment: environment.merging(extra) { $1 })
    }

    /// What a script has written into a file; empty before.
    func read(_ name: String) -> String {
        (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }

    /// What agents have made for their sockets in the folder: folders, and sockets where ssh-agent has them.
    var agentFolders: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let sockets = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/.ssh/agent")) ?? []
        return names.filter { $0.hasPrefix("clave-agent-") || $0.hasPrefix("ssh-") } + sockets
    }
}

/// Whether a process has ended; one that nobody has asked about yet has too.
func hasEnded(_ pid: pid_t) -> Bool {
    guard let text = try? kernelText("/proc/\(pid)/stat") else { return true }
    return text.contains(") Z ")
}
