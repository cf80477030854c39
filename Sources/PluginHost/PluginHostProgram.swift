import AgentProtocol
import CLinux
import ClavePluginABI
import Glibc
import Posix
import SecureMemory
import Wire

/// `clave-plugin-host`: runs one call of one plugin, in a process of its own, and ends; or holds one PKCS#11 library for
/// as long as its keys are wanted. The supervisor starts it with the core's socket as descriptor 3.
public enum PluginHostProgram {
    /// Runs.
    ///
    /// - Returns: the exit code.
    public static func main() -> Int32 {
        Hardening.apply()
        limitResources()
        var status = stat()
        guard unsafe fstat(3, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            let text = Array("clave-plugin-host: this program is started by clave-agent\n".utf8)
            _ = unsafe write(2, text, text.count)
            return 64
        }
        // Out of the way of a plugin that closes what it did not open.
        let number = fcntl(3, F_DUPFD_CLOEXEC, 200)
        close(3)
        let channel = FrameChannel(Descriptor(owning: number))
        switch receive(channel) {
        case .plugin(let call): PluginCall.run(call, PluginSession(channel))
        case .provider(let request): ProviderHost.run(request, channel)
        case .none: return 1
        }
        return 0
    }

    /// What the host is for.
    private enum Purpose: ~Copyable {
        case plugin(PluginCall)
        case provider(ProviderOpen)
    }

    private static func receive(_ channel: borrowing FrameChannel) -> Purpose? {
        guard let payload = try? channel.receive() else { return nil }
        return payload.withBytes { payload in
            if let call = PluginCall(payload: payload) { return .plugin(call) }
            guard let request = (try? ProviderOpen.decode(payload: payload)) ?? nil else { return nil }
            return .provider(request)
        }
    }

    /// What a plugin may use of the machine.
    private static func limitResources() {
        var files = rlimit(rlim_cur: 256, rlim_max: 256)
        unsafe _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
    }
}
