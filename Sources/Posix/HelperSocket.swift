import CLinux
import Glibc

/// The core's socket, which a helper that the supervisor has started finds as its descriptor 3.
public enum HelperSocket {
    /// The exit code of a program that somebody else has started.
    public static let usage: Int32 = 64

    /// Whether it is there; if it is not, that is said on standard error.
    public static func isThere(for program: String) -> Bool {
        var status = stat()
        if unsafe fstat(3, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { return true }
        StandardError.write("\(program): this program is started by clave-agent\n")
        return false
    }
}
