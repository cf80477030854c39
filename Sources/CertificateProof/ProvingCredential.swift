public import Certificates
public import PluginKit
public import SignedForms

/// A certificate with what signs by its key.
public protocol ProvingCredential {
    var certificate: HolderCertificate { get }
    /// In DER: the certificate, and those of its issuers.
    var chain: [[UInt8]] { get }
    /// What keeps the agent from holding the key, or the reference to it; nil if nothing does.
    var obstacle: KeepingObstacle? { get }
    /// Makes sure that the private key is there. Called where no gateway wants a signature (`--local`), which would show it.
    func requireKey(_ scheme: SignatureScheme, _ words: Words) throws(Status)
    /// A signature over a message, in the form of RFC 7518 section 3.1.
    func sign(_ message: [UInt8], _ scheme: SignatureScheme, _ words: Words) throws(Status) -> [UInt8]
}

/// Why the agent can't hold a key with its certificate.
public enum KeepingObstacle: Sendable {
    /// The key is of a kind that does not sign here.
    case unknownKey
    /// The certificate, or the key, has more bytes than there is room for.
    case tooLarge
}

extension ProvingCredential {
    /// The usual way in which its key signs; nil for a key of no known kind.
    public var scheme: SignatureScheme? {
        certificate.key.schemes.first
    }
}
