import CLinux
import Glibc

/// The sockets that a program which the supervisor has started finds: a helper the core's as descriptor 3.
public enum HelperSocket {
    /// The exit code of a program that somebody else has started.
    public static let usage: Int32 = 64

    /// Whether they are there; if not, that is said on standard error.
    public static func isThere(for program: String, _ numbers: [Int32] = [3]) -> Bool {
        let areThere = numbers.allSatisfy { number in
            var status = stat()
            return unsafe fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
        }
        if areThere { return true }
        StandardError.write("\(program): this program is started by clave-agent\n")
        return false
    }
}
