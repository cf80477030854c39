import CLinux
import Glibc
import SecureMemory

/// How a helper begins that runs somebody else's code for the core: a plugin, a PKCS#11 library, a token's middleware.
public enum LibraryHost {
    /// Descriptors that such code may have open.
    private static let openFiles: rlim_t = 256
    /// The least number of the core's socket: out of the way of code that closes what it did not open.
    private static let leastNumber: Int32 = 200
    /// Hardens the process, bounds what it may use of the machine, and takes the core's socket, which is descriptor 3.
    ///
    /// - Parameter program: by which name it says that it was started by somebody else.
    /// - Returns: nil if it was: then it ends with ``HelperSocket/usage``.
    public static func begin(_ program: String) -> FrameChannel? {
        Hardening.apply()
        var files = rlimit(rlim_cur: openFiles, rlim_max: openFiles)
        unsafe _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        guard HelperSocket.isThere(for: program) else { return nil }
        let number = clave_fcntl(3, F_DUPFD_CLOEXEC, leastNumber)
        close(3)
        return FrameChannel(Descriptor(owning: number))
    }
}
