import CertificateProof
import Certificates
import ClavePluginABI
import PluginKit
import SecureMemory
import SignedForms

/// A certificate with what signs by its key.
enum KeyCredential: ProvingCredential {
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

    /// What keeps the agent from taking what ``leave(in:)`` hands over.
    var obstacle: KeepingObstacle? {
        guard certificate.der.count <= CertificateChain.maximumBytes else { return .tooLarge }
        switch self {
        case .imported(let entry):
            guard !entry.key.hasManyPrimes else { return .unknownKey }
            guard let key = entry.key.pkcs8(), key.count <= CLAVE_KEY_MAX else { return .tooLarge }
            return nil
        case .installed(let key):
            return key.exactURI.utf8.count <= CLAVE_REFERENCE_MAX ? nil : .tooLarge
        }
    }

    /// A file's key is at hand; a token's may be hidden until the login, or not be there at all.
    func requireKey(_ scheme: SignatureScheme, _ words: Words) throws(Status) {
        if case .installed(let key) = self { try key.requireKey(scheme, words) }
    }

    /// A signature over a message.
    func sign(_ message: [UInt8], _ scheme: SignatureScheme, _ words: Words) throws(Status) -> [UInt8] {
        switch self {
        case .imported(let entry):
            guard let signature = entry.key.sign(message, scheme) else { throw .failed }
            return signature
        case .installed(let key):
            return try key.sign(message, scheme, words)
        }
    }

    /// Hands the key over, or where it is.
    func leave(in result: UnsafeMutablePointer<clave_result>) throws(Status) {
        let certificates = Array(chain.joined())
        switch self {
        case .imported(let entry):
            guard let key = entry.key.pkcs8() else { throw .failed }
            unsafe try Left.put(key, UInt32(CLAVE_RESULT_KEY), certificates: certificates, in: result)
        case .installed(let key):
            unsafe try Left.put(reference: key.exactURI, certificates: certificates, in: result)
        }
    }
}
