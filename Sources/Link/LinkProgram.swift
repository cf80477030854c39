import Glibc
import Posix
import SecureMemory

/// `clave-link`: the agent's pipe with TLS. The supervisor starts it with the core's socket as descriptor 3.
public enum LinkProgram {
    /// Runs until the core goes.
    ///
    /// - Returns: the exit code.
    public static func main() -> Int32 {
        Hardening.apply()
        var status = stat()
        guard unsafe fstat(3, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            let text = Array("clave-link: this program is started by clave-agent\n".utf8)
            _ = unsafe write(2, text, text.count)
            return 64
        }
        LinkLoop(FrameChannel(Descriptor(owning: 3))).run()
        return 0
    }
}
