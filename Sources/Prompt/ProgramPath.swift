import CLinux
import Glibc
import Posix

/// Finds programs as a shell does, but never in a folder that a relative path names.
enum ProgramPath {
    /// The absolute path of an absolute path or of a plain name in `PATH`; nil if it is no program.
    static func find(_ name: String, in environment: [String: String]) -> String? {
        if name.hasPrefix("/") { return isProgram(name) ? name : nil }
        guard !name.isEmpty, !name.contains("/") else { return nil }
        let folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        return folders.lazy.filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }.first(where: isProgram)
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        return unsafe access(path, X_OK) == 0
    }
}
