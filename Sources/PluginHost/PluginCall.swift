import AgentProtocol
import ClavePluginABI
import Glibc
import Posix
import Wire

/// One call of one plugin, as the core asked for it.
enum PluginCall {
    case activate(PluginActivate)
    case list(PluginList)
    case sign(PluginSign)

    /// The call that a payload asks for; nil if it is none.
    init?(payload: RawSpan) {
        if let call = (try? PluginActivate.decode(payload: payload)) ?? nil {
            self = .activate(call)
        } else if let call = (try? PluginList.decode(payload: payload)) ?? nil {
            self = .list(call)
        } else if let call = (try? PluginSign.decode(payload: payload)) ?? nil {
            self = .sign(call)
        } else {
            return nil
        }
    }

    private var plugin: String {
        switch self {
        case .activate(let call): call.plugin
        case .list(let call): call.plugin
        case .sign(let call): call.plugin
        }
    }

    private var locale: String {
        switch self {
        case .activate(let call): call.locale
        case .list(let call): call.locale
        case .sign(let call): call.locale
        }
    }

    /// Loads the plugin, runs the call, and tells how it ended.
    static func run(_ call: PluginCall, _ session: PluginSession) {
        let folders = PluginFile.folders(
            variable: environment("CLAVE_PLUGIN_PATH"), programFolder: OwnProgram.folder)
        do {
            let file = try PluginFile.open(call.plugin, in: folders)
            let plugin = try LoadedPlugin(file, name: call.plugin)
            session.tellLoaded(title: plugin.title, version: plugin.version)
            session.finish(PluginDone(outcome: call.run(plugin, session)))
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

    private func run(_ plugin: LoadedPlugin, _ session: PluginSession) -> PluginDone.Outcome {
        // Lent to the plugin for as long as the process lives.
        let locale = unsafe strdup(locale)
        var host = unsafe HostTable.make(session, locale: UnsafePointer(locale!))
        switch self {
        case .activate(let call): return unsafe Self.activate(plugin, &host, call, session)
        case .list: return unsafe Self.list(plugin, &host, session)
        case .sign(let call): return unsafe Self.sign(plugin, &host, call, session)
        }
    }

    private static func outcome(_ status: Int32?) -> PluginDone.Outcome {
        switch status.map(Int.init) {
        case CLAVE_OK: .succeeded
        case CLAVE_CANCELLED: .cancelled
        case CLAVE_REFUSED: .refused
        case CLAVE_UNAVAILABLE: .unavailable
        case CLAVE_UNUSABLE: .unusable
        case CLAVE_PENDING: .pending
        default: .failed
        }
    }

    private static func activate(
        _ plugin: LoadedPlugin, _ host: inout clave_host, _ call: PluginActivate, _ session: PluginSession
    ) -> PluginDone.Outcome {
        let gateway = unsafe strdup(call.gateway)
        unsafe host.gateway = UnsafePointer(gateway)
        let result = UnsafeMutablePointer<clave_result>.allocate(capacity: 1)
        unsafe result.initialize(to: clave_result())
        unsafe result.pointee.size = MemoryLayout<clave_result>.size
        let status = unsafe call.signingKey.withUnsafeBufferPointer { signing in
            unsafe call.sealingKey.withUnsafeBufferPointer { sealing in
                unsafe host.signing_key = signing.baseAddress
                unsafe host.sealing_key = sealing.baseAddress
                return unsafe plugin.activate(&host, reference: call.reference, result: &result.pointee)
            }
        }
        guard status == CLAVE_OK || status == CLAVE_PENDING else { return outcome(status) }
        do throws(ResultReader.Failure) {
            guard status == CLAVE_OK else {
                session.leave(unsafe try ResultReader.pending(result))
                return .pending
            }
            if let left = unsafe try ResultReader.credential(result) { session.leave(left) }
            if let left = unsafe try ResultReader.signatureCredential(result) { session.leave(left) }
            return .succeeded
        } catch {
            session.broken(error.reason)
        }
    }

    private static func list(
        _ plugin: LoadedPlugin, _ host: inout clave_host, _ session: PluginSession
    ) -> PluginDone.Outcome {
        let status = unsafe plugin.list(
            &host,
            { context, credential in
                let session = unsafe Unmanaged<PluginSession>.fromOpaque(context!).takeUnretainedValue()
                guard let credential = unsafe credential, let info = unsafe ResultReader.info(credential) else {
                    session.broken("it lists a credential that breaks a rule of the header")
                }
                session.tell(info)
            }, Unmanaged.passUnretained(session).toOpaque())
        // A method without credentials to choose from has none.
        return status == nil ? .succeeded : outcome(status)
    }

    private static func sign(
        _ plugin: LoadedPlugin, _ host: inout clave_host, _ call: PluginSign, _ session: PluginSession
    ) -> PluginDone.Outcome {
        var signatures = [UInt8](repeating: 0, count: Int(CLAVE_BATCH_MAX * CLAVE_SIGNATURE_MAX))
        var count = 0
        let status = unsafe plugin.sign(&host, call, &signatures, &count)
        guard status == Int32(CLAVE_OK) else { return outcome(status) }
        guard (1...signatures.count).contains(count) else { session.broken("its signature is longer than it can be") }
        session.leave(PluginSigned(signatures: Array(signatures[..<count])))
        return .succeeded
    }
}
