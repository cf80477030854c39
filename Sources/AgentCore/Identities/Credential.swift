import AgentProtocol
import SSHKeys
import SecureMemory
import SignedForms
import Wire

/// A certificate with its private key, held here or kept on a token: it comes with an identity that was activated by it.
struct Credential: Sendable {
    /// What for.
    let use: CredentialUse
    /// The secret numbers of ``PrivateKey``; nil for a key that stays where it is.
    let secret: SecretBox?
    let publicKey: PublicKey
    /// In DER, and never read here: the certificate, and those of its issuers.
    let certificates: [[UInt8]]
    let info: CredentialInfo

    /// What a plugin has left.
    ///
    /// - Throws: `.malformed` if the private key is not the public one's, or there is neither key nor reference.
    init(_ left: borrowing PluginCredential) throws(WireError) {
        use = left.use
        publicKey = try PublicKey(blob: left.publicKey)
        certificates = left.certificates
        info = left.info
        guard left.key.count > 0 else {
            guard !left.info.reference.isEmpty else { throw .malformed }
            secret = nil
            return
        }
        let key = try Self.privateKey(left.key)
        guard key.publicKey == publicKey else { throw .malformed }
        secret = SecretBox(key.secret.copy())
    }

    private static func privateKey(_ bytes: borrowing SecretBytes) throws(WireError) -> PrivateKey {
        try bytes.withBytes { (bytes) throws(WireError) in
            try WireReader.read(bytes) { (reader) throws(WireError) in try PrivateKey(decoding: &reader) }
        }
    }

    /// Reads what the vault keeps.
    ///
    /// - Parameter hasEntity: whether the agent that wrote it knew of entities.
    init(_ use: CredentialUse, decoding reader: inout WireReader, hasEntity: Bool) throws(WireError) {
        self.use = use
        let isHeld = try reader.boolean()
        publicKey = try PublicKey(blob: try reader.bytes(limit: ProtocolLimits.keyBlob))
        secret = isHeld ? SecretBox(try reader.secret(limit: ProtocolLimits.answer)) : nil
        certificates = try reader.certificates()
        info = try CredentialInfo(decoding: &reader, hasEntity: hasEntity)
    }

    /// Writes what the vault keeps.
    func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(secret != nil)
        writer.put(publicKey.blob)
        secret?.withSecret { writer.put($0) }
        writer.put(certificates: certificates)
        info.encode(into: &writer)
    }

    /// Reads those of one identity: one at most for each use.
    static func list(decoding reader: inout WireReader, hasEntity: Bool) throws(WireError) -> [Credential] {
        try reader.list(limit: CredentialUse.allCases.count) { (reader) throws(WireError) in
            try Credential(try CredentialUse(decoding: &reader), decoding: &reader, hasEntity: hasEntity)
        }
    }

    /// Writes what ``list(decoding:)`` reads.
    static func encode<Writer: WireWriter & ~Copyable>(_ credentials: [Credential], into writer: inout Writer) {
        writer.put(UInt32(credentials.count))
        for credential in credentials {
            credential.use.encode(into: &writer)
            credential.encode(into: &writer)
        }
    }

    /// - Throws: `.unusableCredential` if the certificate is out of date, or not valid yet.
    func requireValid(at now: UInt64) throws(AgentError) {
        guard info.validAfter <= now, now <= info.validBefore else {
            throw AgentError(.unusableCredential, "it is out of date, or not valid yet")
        }
    }

    /// The ways in which the key signs, the usual one first.
    var schemes: [SignatureScheme] {
        switch publicKey.algorithm {
        case .rsa:
            limits.isEmpty ? [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512] : limits
        case .ecdsaP256: [.es256]
        case .ecdsaP384: [.es384]
        case .ecdsaP521: [.es512]
        case .ed25519: [.edDSA]
        case .ecdsaSK, .ed25519SK: []
        }
    }

    /// The only schemes that the certificate allows to its key; empty if it allows all.
    private var limits: [SignatureScheme] {
        info.usage.split(separator: " ").compactMap { SignatureScheme(rawValue: String($0)) }
    }

    /// Signs a digest, or what the scheme signs instead, with a key that is held here; nil if it is not, or OpenSSL fails. Takes
    /// its time: for a worker.
    func sign(_ digest: [UInt8], _ scheme: SignatureScheme) -> [UInt8]? {
        secret?.withSecret { secret in
            secret.withBytes { Signer.sign(digest: digest, scheme, with: publicKey, $0) }
        } ?? nil
    }
}
