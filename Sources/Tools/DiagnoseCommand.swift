import Glibc
import Posix

/// `clave-add -m dnie --diagnose`: another program looks at readers and cards, whose libraries the tools do without.
enum DiagnoseCommand {
    private static let program = "clave-card-diagnosis"

    /// Becomes that program.
    ///
    /// - Throws: why it could not; it does not return otherwise.
    static func run(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        guard options.value("method") == "dnie" else { throw .usage("--diagnose goes with -m dnie") }
        guard let path = place else { throw .message("\(OwnProgram.unknown)") }
        var arguments = unsafe [strdup(program), options.has("json") ? strdup("--json") : nil, nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        _ = unsafe withSystemBytes(path) { unsafe execv($0, &arguments) }
        throw .message("\(SystemError("start \(path)"))")
    }

    /// `libexec/clave-agent` beside `bin`, or, in a build tree, the folder of this program; nil where that can't be known.
    private static var place: String? {
        guard let own = OwnProgram.folder else { return nil }
        let installed = Files.parent(of: own) + "/libexec/clave-agent/\(program)"
        return unsafe access(installed, X_OK) == 0 ? installed : "\(own)/\(program)"
    }
}
