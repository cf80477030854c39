public import Certificates
public import PluginKit
public import SignedForms

/// A certificate with what signs by its key.
public protocol ProvingCredential {
    var certificate: HolderCertificate { get }
    /// In DER: the certificate, and those of its issuers.
    var chain: [[UInt8]] { get }
    /// Whether the agent can keep the key, or the reference to it.
    var isKeepable: Bool { get }
    /// A signature over a digest, in the form of RFC 7518 section 3.1.
    func sign(_ digest: MessageDigest, _ scheme: SignatureScheme, _ words: Words) throws(Status) -> [UInt8]
}

extension ProvingCredential {
    /// The usual way in which its key signs; nil for a key of no known kind.
    public var scheme: SignatureScheme? {
        switch certificate.key {
        case .rsa: .rs256
        case .p256: .es256
        case .p384: .es384
        case .other: nil
        }
    }
}
