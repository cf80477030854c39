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
        guard let channel = LibraryHost.begin("clave-plugin-host") else { return HelperSocket.usage }
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
}
