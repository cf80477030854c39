import CertificateProof
public import ClavePluginABI
import DNIe
import Localization
import PluginKit
import SignedForms

/// The plugin's table: activation and signatures by the DNIe.
///
/// The table and its texts live as long as the process: they are made once and never freed.
private enum Table {
    nonisolated(unsafe) static let pointer: UnsafePointer<clave_plugin> = {
        let table = UnsafeMutablePointer<clave_plugin>.allocate(capacity: 1)
        unsafe table.initialize(to: clave_plugin())
        unsafe table.pointee.size = MemoryLayout<clave_plugin>.size
        unsafe table.pointee.abi = CLAVE_PLUGIN_ABI
        unsafe table.pointee.name = CText.forever("dnie")
        unsafe table.pointee.title = CText.forever("DNIe")
        unsafe table.pointee.version = CText.forever("0.1.0")
        unsafe table.pointee.list = { host, found, context in
            guard let host = unsafe host, let found = unsafe found else { return Int32(CLAVE_INVALID) }
            let words = Words(unsafe Host(host))
            return Status.of { () throws(Status) in
                unsafe try Listing(words).run { credential in unsafe found(context, &credential) }
            }
        }
        unsafe table.pointee.activate = { host, reference, result in
            guard let host = unsafe host, let result = unsafe result,
                unsafe result.pointee.size >= MemoryLayout<clave_result>.size
            else { return Int32(CLAVE_INVALID) }
            let words = Words(unsafe Host(host))
            let name = unsafe reference.map { unsafe String(cString: $0) }
            return Status.of { () throws(Status) in
                let session = try CardEntry.open(words, name)
                defer { session.close() }
                let credential = try CardCredential(session)
                try Proof(words).give(by: credential)
                unsafe try credential.leave(in: result)
            }
        }
        unsafe table.pointee.sign = { host, reference, algorithm, data, dataCount, signatures, capacity, count in
            guard let host = unsafe host, let reference = unsafe reference, let algorithm = unsafe algorithm,
                let data = unsafe data, let signatures = unsafe signatures, let count = unsafe count
            else { return Int32(CLAVE_INVALID) }
            let words = Words(unsafe Host(host))
            let (name, scheme) = unsafe (String(cString: reference), String(cString: algorithm))
            return Status.of { () throws(Status) in
                guard let known = SignatureScheme(rawValue: scheme), !known.signsMessage else { throw .invalid }
                let batch = unsafe try Batch(data, dataCount, each: known.digest.length)
                guard let digestInfos = CardSession.digestInfos(batch.inputs, scheme) else {
                    throw words.unusable(
                        words.t("A DNIe does not sign in this way. Choose another with --scheme."))
                }
                let session = try CardEntry.open(words, name)
                defer { session.close() }
                let made = try session.sign(digestInfos)
                unsafe try Batch.put(made, in: signatures, capacity, &count.pointee)
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
