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
        case .plugin(let request): run(request, PluginSession(channel))
        case .provider(let request): ProviderHost.run(request, channel)
        case .none: return 1
        }
        return 0
    }

    /// What the host is for.
    private enum Call: ~Copyable {
        case plugin(PluginActivate)
        case provider(ProviderOpen)
    }

    private static func receive(_ channel: borrowing FrameChannel) -> Call? {
        guard let payload = try? channel.receive() else { return nil }
        return payload.withBytes { payload in
            if let request = (try? PluginActivate.decode(payload: payload)) ?? nil { return .plugin(request) }
            guard let request = (try? ProviderOpen.decode(payload: payload)) ?? nil else { return nil }
            return .provider(request)
        }
    }

    /// What a plugin may use of the machine.
    private static func limitResources() {
        var files = rlimit(rlim_cur: 256, rlim_max: 256)
        unsafe _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
    }

    private static func run(_ request: PluginActivate, _ session: PluginSession) {
        let folders = PluginFile.folders(
            variable: environment("CLAVE_PLUGIN_PATH"), programFolder: Files.programFolder)
        do {
            let file = try PluginFile.open(request.plugin, in: folders)
            let plugin = try LoadedPlugin(file, name: request.plugin)
            session.tellLoaded(title: plugin.title, version: plugin.version)
            activate(plugin, request, session)
        } catch PluginFile.Failure.notFound {
            session.finish(PluginDone(outcome: .notFound))
        } catch PluginFile.Failure.notAllowed(let reason) {
            session.finish(PluginDone(outcome: .notAllowed, detail: reason))
        } catch let failure as LoadedPlugin.Failure {
            session.finish(PluginDone(outcome: .broken, detail: failure.reason))
        } catch {
            session.finish(PluginDone(outcome: .failed, detail: "\(error)"))
        }
    }

    private static func activate(_ plugin: LoadedPlugin, _ request: PluginActivate, _ session: PluginSession) {
        let locale = unsafe strdup(request.locale)
        var host = unsafe HostTable.make(session, locale: UnsafePointer(locale!))
        var result = clave_result()
        result.size = MemoryLayout<clave_result>.size
        let status = unsafe plugin.activate(&host, reference: request.reference, result: &result)
        let count = result.count
        let kind = result.kind
        guard count <= ProtocolLimits.answer else { session.broken("its result is longer than it can be") }
        let value = unsafe withUnsafeBytes(of: &result.bytes) {
            unsafe SecretBytes(copying: RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: $0[..<count])))
        }
        let outcome = PluginDone.Outcome(rawValue: UInt8(clamping: status)) ?? .failed
        let isKnown = (0...4).contains(status)
        session.finish(PluginDone(outcome: isKnown ? outcome : .failed, resultKind: kind, result: value))
    }
}
