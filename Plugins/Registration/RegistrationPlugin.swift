public import ClavePluginABI
import PluginKit

/// The plugin's table: registration of a person who is not in Cl@ve yet.
///
/// The table and its texts live as long as the process: they are made once and never freed.
private enum Table {
    nonisolated(unsafe) static let pointer: UnsafePointer<clave_plugin> = {
        let table = UnsafeMutablePointer<clave_plugin>.allocate(capacity: 1)
        unsafe table.initialize(to: clave_plugin())
        unsafe table.pointee.size = MemoryLayout<clave_plugin>.size
        unsafe table.pointee.abi = CLAVE_PLUGIN_ABI
        unsafe table.pointee.name = CText.forever("registration")
        unsafe table.pointee.title = CText.forever("Cl@ve")
        unsafe table.pointee.version = CText.forever("0.1.0")
        unsafe table.pointee.activate = { host, reference, result in
            guard let host = unsafe host, let reference = unsafe reference, let result = unsafe result,
                unsafe result.pointee.size >= MemoryLayout<clave_result>.size
            else { return Int32(CLAVE_INVALID) }
            unsafe result.pointee.kind = UInt32(CLAVE_RESULT_NONE)
            unsafe result.pointee.count = 0
            let conversation = Conversation(unsafe Host(host))
            let stage = unsafe String(cString: reference)
            return Status.of { () throws(Status) in
                guard let rest = try conversation.run(from: stage) else { return }
                unsafe try rest.leave(in: result)
            }
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
