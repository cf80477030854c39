import AgentProtocol
import ClavePluginABI
import Glibc
import Posix

/// A plugin in this process: its table, checked.
@safe
struct LoadedPlugin {
    /// Why a file is no plugin.
    struct Failure: Error, Equatable {
        let reason: String
    }

    let title: String
    let version: String
    private let table: clave_plugin

    /// Loads an opened file; it stays loaded until the process ends.
    init(_ file: borrowing Descriptor, name: String) throws(Failure) {
        guard let library = unsafe dlopen("/proc/self/fd/\(file.number)", RTLD_NOW | RTLD_LOCAL) else {
            throw Failure(reason: "it can't be loaded: \(Self.loaderError)")
        }
        guard let symbol = unsafe dlsym(library, "clave_plugin_v1") else {
            throw Failure(reason: "it does not export clave_plugin_v1")
        }
        let entry = unsafe unsafeBitCast(
            symbol, to: (@convention(c) () -> UnsafePointer<clave_plugin>?).self)
        guard let table = unsafe entry() else { throw Failure(reason: "clave_plugin_v1 gives no table") }
        // Read the size before anything that it covers.
        guard unsafe table.pointee.size >= MemoryLayout<clave_plugin>.size else {
            throw Failure(reason: "its table is smaller than level 1's")
        }
        guard unsafe table.pointee.abi == CLAVE_PLUGIN_ABI else {
            throw Failure(reason: "it was made for another level of the interface")
        }
        unsafe self.table = table.pointee
        guard unsafe FieldReader.text(self.table.name, limit: Int(CLAVE_NAME_MAX)) == name else {
            throw Failure(reason: "its name is not that of its file")
        }
        guard let title = unsafe FieldReader.text(self.table.title, limit: Int(CLAVE_TEXT_MAX)),
            let version = unsafe FieldReader.text(self.table.version, limit: Int(CLAVE_TEXT_MAX))
        else { throw Failure(reason: "its title or version is missing, too long or not UTF-8") }
        self.title = title
        self.version = version
        guard unsafe self.table.activate != nil else { throw Failure(reason: "it can't activate") }
    }

    /// Runs `activate`.
    func activate(_ host: inout clave_host, reference: String, result: inout clave_result) -> Int32 {
        guard reference.isEmpty else { return unsafe table.activate(&host, reference, &result) }
        return unsafe table.activate(&host, nil, &result)
    }

    /// Runs `list`; nil if the plugin has none.
    func list(_ host: inout clave_host, _ found: @escaping CredentialSink, _ context: UnsafeMutableRawPointer) -> Int32?
    {
        guard let list = unsafe table.list else { return nil }
        return unsafe list(&host, found, context)
    }

    /// Runs `sign`; nil if the plugin has none.
    func sign(
        _ host: inout clave_host, _ request: PluginSign, _ signatures: inout [UInt8], _ count: inout Int
    ) -> Int32? {
        guard let sign = unsafe table.sign else { return nil }
        return unsafe sign(
            &host, request.reference, request.algorithm, request.data, request.data.count, &signatures,
            signatures.count, &count)
    }

    typealias CredentialSink =
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<clave_credential>?) -> Void

    /// The loader's words; of the path in them only the plugin's own descriptor shows.
    private static var loaderError: String {
        guard let text = unsafe dlerror() else { return "no reason is given" }
        return String(unsafe String(cString: text).prefix(300))
    }
}
