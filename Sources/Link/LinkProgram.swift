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
        guard HelperSocket.isThere(for: "clave-link") else { return HelperSocket.usage }
        LinkLoop(FrameChannel(Descriptor(owning: 3))).run()
        return 0
    }
}
