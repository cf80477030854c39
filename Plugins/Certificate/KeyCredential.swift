import Certificates
import ClavePluginABI
import PluginKit
import SecureMemory
import SignedForms

/// A certificate with what signs by its key.
enum KeyCredential {
    /// From a file: the agent is to keep it.
    case imported(KeyFile.Entry)
    /// On a token: it stays there.
    case installed(InstalledKey)

    var certificate: HolderCertificate {
        switch self {
        case .imported(let entry): entry.certificate
        case .installed(let key): key.certificate
        }
    }

    /// In DER: the certificate, and those of its issuers.
    var chain: [[UInt8]] {
        switch self {
        case .imported(let entry): entry.chain
        case .installed(let key): key.chain
        }
    }

    /// Whether the agent can keep what ``leave(in:)`` hands over.
    var isKeepable: Bool {
        guard certificate.der.count <= CertificateChain.maximumBytes else { return false }
        switch self {
        case .imported(let entry): return entry.key.isKeepable(limit: 4096)
        case .installed(let key): return key.uri.utf8.count <= CLAVE_REFERENCE_MAX
        }
    }

    /// The usual way in which its key signs.
    var scheme: SignatureScheme? {
        switch certificate.key {
        case .rsa: .rs256
        case .p256: .es256
        case .p384: .es384
        case .other: nil
        }
    }

    /// A signature over a digest.
    func sign(_ digest: MessageDigest, _ scheme: SignatureScheme, _ words: Words) throws(Status) -> [UInt8] {
        switch self {
        case .imported(let entry):
            guard let signature = entry.key.sign(digest, scheme) else { throw .failed }
            return signature
        case .installed(let key): return try key.sign(digest, scheme, words)
        }
    }

    /// Hands the key over, or where it is.
    func leave(in result: UnsafeMutablePointer<clave_result>) throws(Status) {
        switch self {
        case .imported(let entry):
            guard let key = entry.key.pkcs8() else { throw .failed }
            unsafe try Self.put(key, UInt32(CLAVE_RESULT_KEY), in: result)
        case .installed(let key):
            let reference = SecretBytes(copying: unsafe Array(key.uri.utf8).span.bytes)
            unsafe try Self.put(reference, UInt32(CLAVE_RESULT_REFERENCE), in: result)
        }
        let certificates = Array(chain.joined())
        // The host's to read until the process ends.
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: certificates.count)
        unsafe memory.initialize(from: certificates, count: certificates.count)
        unsafe result.pointee.certificates = unsafe UnsafePointer(memory)
        unsafe result.pointee.certificates_count = certificates.count
    }

    private static func put(
        _ value: borrowing SecretBytes, _ kind: UInt32, in result: UnsafeMutablePointer<clave_result>
    ) throws(Status) {
        let count = value.count
        let isPut = unsafe withUnsafeMutableBytes(of: &result.pointee.bytes) { target in
            guard count <= target.count else { return false }
            value.withBytes { source in
                unsafe source.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
            }
            return true
        }
        guard isPut else { throw .failed }
        unsafe result.pointee.kind = kind
        unsafe result.pointee.count = count
    }
}
