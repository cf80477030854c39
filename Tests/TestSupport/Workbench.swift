import Foundation

/// A folder in which a test makes things by scripts; it goes with this value.
open class Workbench {
    /// A script that ended in the middle, and what it said.
    struct Failure: Error, CustomStringConvertible { let description: String }

    public let folder: String

    public init(named name: String) throws {
        folder = NSTemporaryDirectory() + "clave-\(name)-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Runs a script of the shell's there, which ends at the first command that fails.
    public func run(_ script: String) -> Outcome {
        runProgram(
            "/bin/sh", ["-ec", "cd \(folder)\n" + script], environment: ["PATH": "/usr/bin:/bin", "HOME": folder])
    }

    /// Runs a script that has to succeed; what it says.
    @discardableResult
    public func make(_ script: String) throws -> String {
        let made = run(script)
        guard made.code == 0 else { throw Failure(description: "\(script): \(made.errors)") }
        return made.output
    }

    /// The bytes of a file there.
    public subscript(name: String) -> [UInt8] {
        get throws { try Array(Data(contentsOf: URL(filePath: folder + "/" + name))) }
    }

    public func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(filePath: folder + "/" + name))
    }
}
