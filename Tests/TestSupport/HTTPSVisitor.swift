import Foundation
import Glibc

/// A visitor of a server of this machine's, who knows the authority in a folder's `ca.crt`.
public struct HTTPSVisitor: Sendable {
    private let port: UInt16
    private let folder: String

    /// A visitor at a port, who writes into the folder what they send.
    public init(port: UInt16, folder: String) {
        signal(SIGPIPE, SIG_IGN)
        self.port = port
        self.folder = folder
    }

    /// The server's origin.
    public var origin: String { "https://localhost:\(port)" }

    /// What curl says.
    public func curl(_ arguments: [String]) -> Outcome {
        let common = ["-sS", "--max-time", "20", "--cacert", folder + "/ca.crt"]
        return runProgram("/usr/bin/curl", common + arguments, environment: [:])
    }

    /// A curl that goes on while the test does other things.
    public func visit(_ arguments: [String], output: String = "/dev/null") throws -> Child {
        let all = ["-sS", "--cacert", folder + "/ca.crt"] + arguments
        return try Child("/usr/bin/curl", all, environment: [:], output: output)
    }

    /// What the server says to these bytes over TLS, until it ends the connection.
    public func raw(_ text: String) throws -> String {
        let file = folder + "/raw-" + UUID().uuidString
        try Data(text.utf8).write(to: URL(filePath: file))
        return shell("timeout 30 openssl s_client -quiet -connect 127.0.0.1:\(port) <\(file)").output
    }

    /// What a shell's script says.
    public func shell(_ script: String) -> Outcome {
        runProgram("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
    }
}
