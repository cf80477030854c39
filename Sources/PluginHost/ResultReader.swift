import AgentProtocol
import Certificates
import ClaveDomain
import ClavePluginABI
import SSHKeys
import SecureMemory
import SignedForms

/// Reads what a plugin leaves behind, within the header's limits, and puts it into the core's terms: what is foreign is
/// read in this process, and never in the core.
enum ResultReader {
    /// A rule of the header that the plugin broke.
    struct Failure: Error {
        let reason: String
    }

    /// The key or reference that an activation left; nil for none.
    static func credential(_ result: UnsafeMutablePointer<clave_result>) throws(Failure) -> PluginCredential? {
        let kind = unsafe Int(result.pointee.kind)
        let value = unsafe try taken(result)
        guard kind != CLAVE_RESULT_NONE else { return nil }
        guard kind == CLAVE_RESULT_KEY || kind == CLAVE_RESULT_REFERENCE else {
            throw Failure(reason: "its result is of no known kind")
        }
        let chain = unsafe try certificates(result.pointee.certificates, result.pointee.certificates_count)
        guard kind == CLAVE_RESULT_KEY else {
            let text = value.withBytes { bytes in
                unsafe bytes.withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) }
            }
            return try kept(.authentication, text, chain)
        }
        let (leaf, key) = try certified(chain)
        guard let secret = PrivateKey.encoded(pkcs8: value) else {
            throw Failure(reason: "its key is of no known kind")
        }
        return PluginCredential(
            use: .authentication, key: secret, publicKey: key.blob, certificates: chain, info: info(leaf, ""))
    }

    /// From what a registration goes on another day.
    static func pending(_ result: UnsafeMutablePointer<clave_result>) throws(Failure) -> PluginPending {
        let kind = unsafe Int(result.pointee.kind)
        let bytes = unsafe try taken(result)
        let reference = bytes.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) }
        }
        guard kind == CLAVE_RESULT_PENDING, let reference, (1...ProtocolLimits.reference).contains(reference.utf8.count)
        else {
            throw Failure(reason: "it goes on another day, but does not say from what")
        }
        var page = ""
        if let given = unsafe result.pointee.page {
            guard let text = unsafe FieldReader.text(given, limit: Int(CLAVE_TEXT_MAX)), text.hasPrefix("/"),
                FieldReader.plain(text) == text
            else { throw Failure(reason: "its page is no path") }
            page = text
        }
        return unsafe PluginPending(reference: reference, page: page, due: UInt64(clamping: result.pointee.due))
    }

    /// The second key that an activation left, for signatures that bind; nil for none.
    static func signatureCredential(
        _ result: UnsafeMutablePointer<clave_result>
    ) throws(Failure) -> PluginCredential? {
        guard unsafe result.pointee.kind != UInt32(CLAVE_RESULT_NONE), unsafe result.pointee.signature_reference != nil
        else { return nil }
        let text = unsafe FieldReader.text(result.pointee.signature_reference, limit: ProtocolLimits.reference)
        let chain = unsafe try certificates(
            result.pointee.signature_certificates, result.pointee.signature_certificates_count)
        return try kept(.signature, text, chain)
    }

    /// What stays where it is.
    private static func kept(
        _ use: CredentialUse, _ reference: String?, _ chain: [[UInt8]]
    ) throws(Failure) -> PluginCredential {
        guard let reference, (1...ProtocolLimits.reference).contains(reference.utf8.count) else {
            throw Failure(reason: "its reference is no text, or too long")
        }
        let (leaf, key) = try certified(chain)
        return PluginCredential(
            use: use, key: SecretBytes(zeros: 0), publicKey: key.blob, certificates: chain, info: info(leaf, reference))
    }

    private static func certified(_ chain: [[UInt8]]) throws(Failure) -> (HolderCertificate, PublicKey) {
        // An empty list of schemes means "all" to the agent: a key whose limits allow none is refused here.
        guard let leaf = chain.first.flatMap(HolderCertificate.init), !leaf.key.schemes.isEmpty,
            let key = PublicKey.certified(byX509: leaf.der)
        else { throw Failure(reason: "its result comes without a certificate of a known kind") }
        return (leaf, key)
    }

    /// The result's bytes, which are wiped where they were.
    private static func taken(_ result: UnsafeMutablePointer<clave_result>) throws(Failure) -> SecretBytes {
        if let long = unsafe result.pointee.key {
            let count = unsafe result.pointee.key_count
            guard unsafe result.pointee.kind == UInt32(CLAVE_RESULT_KEY), (1...Int(CLAVE_KEY_MAX)).contains(count)
            else {
                throw Failure(reason: "its key is none, or longer than it can be")
            }
            let bytes = unsafe UnsafeMutableRawBufferPointer(start: long, count: count)
            let value = unsafe SecretBytes(copying: RawSpan(_unsafeBytes: UnsafeRawBufferPointer(bytes)))
            unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
            return value
        }
        let count = unsafe result.pointee.count
        return unsafe try withUnsafeMutableBytes(of: &result.pointee.bytes) { bytes throws(Failure) in
            guard (0...bytes.count).contains(count) else {
                throw Failure(reason: "its result is longer than it can be")
            }
            let value = unsafe SecretBytes(
                copying: RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: bytes[..<count])))
            unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
            return value
        }
    }

    private static func certificates(_ start: UnsafePointer<UInt8>?, _ count: Int) throws(Failure) -> [[UInt8]] {
        guard (0...Int(CLAVE_CERTIFICATES_MAX)).contains(count), let start = unsafe start else {
            throw Failure(reason: "its certificates are missing, or longer than they can be")
        }
        let all = unsafe Array(UnsafeBufferPointer(start: start, count: count))
        guard let chain = CertificateChain.split(all), chain.count <= ProtocolLimits.chain else {
            throw Failure(reason: "its certificates are not DER, or too many")
        }
        return chain
    }

    private static func info(_ leaf: HolderCertificate, _ reference: String) -> CredentialInfo {
        var limits = ""
        if case .rsaPSS(_, let schemes) = leaf.key { limits = schemes.map(\.rawValue).joined(separator: " ") }
        return CredentialInfo(
            reference: reference, title: FieldReader.line(leaf.name), holder: FieldReader.line(leaf.name),
            document: leaf.number ?? "", issuer: FieldReader.line(leaf.issuer), usage: limits,
            validAfter: leaf.validAfter,
            validBefore: leaf.validBefore,
            entity: leaf.entity.map { FieldReader.line($0.name.isEmpty ? $0.number : "\($0.name) (\($0.number))") }
                ?? "")
    }

    /// A listed credential; nil if it breaks a rule of the header.
    static func info(_ pointer: UnsafePointer<clave_credential>) -> CredentialInfo? {
        // Its size before anything that it covers.
        guard unsafe pointer.pointee.size >= MemoryLayout<clave_credential>.size else { return nil }
        let credential = unsafe pointer.pointee
        guard let reference = unsafe FieldReader.text(credential.reference, limit: Int(CLAVE_REFERENCE_MAX)),
            !reference.isEmpty, FieldReader.plain(reference) == reference
        else { return nil }
        func line(_ text: UnsafePointer<CChar>?) -> String {
            FieldReader.line(unsafe FieldReader.text(text, limit: Int(CLAVE_TEXT_MAX)) ?? "")
        }
        let document = unsafe line(credential.document)
        return unsafe CredentialInfo(
            reference: reference, title: line(credential.title), holder: line(credential.holder),
            document: document.utf8.count <= ProtocolLimits.name ? document : "", issuer: line(credential.issuer),
            usage: line(credential.usage), validAfter: UInt64(clamping: credential.valid_after),
            validBefore: UInt64(clamping: credential.valid_before), problem: line(credential.problem))
    }
}
