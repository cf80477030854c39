public import ClavePluginABI
import PluginKit

/// The plugin's table: activation by a code sent to the registered phone.
///
/// The table and its texts live as long as the process: they are made once and never freed.
private enum Table {
    nonisolated(unsafe) static let pointer: UnsafePointer<clave_plugin> = {
        let table = UnsafeMutablePointer<clave_plugin>.allocate(capacity: 1)
        unsafe table.initialize(to: clave_plugin())
        unsafe table.pointee.size = MemoryLayout<clave_plugin>.size
        unsafe table.pointee.abi = CLAVE_PLUGIN_ABI
        unsafe table.pointee.name = CText.forever("sms")
        unsafe table.pointee.title = CText.forever("SMS")
        unsafe table.pointee.version = CText.forever("0.1.0")
        unsafe table.pointee.activate = { host, _, result in
            guard let host = unsafe host, let result = unsafe result else { return Int32(CLAVE_INVALID) }
            unsafe result.pointee.kind = UInt32(CLAVE_RESULT_NONE)
            unsafe result.pointee.count = 0
            let activation = Activation(unsafe Host(host))
            return Status.of { () throws(Status) in try activation.run() }
        }
        return unsafe UnsafePointer(table)
    }()
}

/// The one symbol that the plugin exports.
///
/// - Returns: the table, which lives as long as the process.
@c(clave_plugin_v1)
public func clavePluginV1() -> UnsafePointer<clave_plugin>? {
    unsafe Table.pointer
}
