import AgentProtocol
import SSHKeys
import SecureMemory
import SignedForms
import Wire

/// What is signed for a request: the bytes in the form of its purpose, and what the person is shown of them.
struct FormToSign {
    let bytes: [UInt8]
    let use: SignatureUse

    /// - Parameters:
    ///   - key: the signer's Ed25519 key.
    ///   - sessions: of the asking connection: a login must be the last one's.
    ///   - hash: the digest by which hosts' keys are named.
    /// - Throws: `.invalid` for content that is not of its purpose's form, or could pass for another's.
    init(
        _ request: SignRequest, by key: [UInt8], sessions: SessionTrail, naming hash: FingerprintHash
    ) throws(AgentError) {
        switch request.purpose {
        case .challenge(let relyingParty, let purpose):
            let digest = Self.digest(request.content)
            guard let form = ClaveChallenge(relyingParty: relyingParty, purpose: purpose, digest: digest) else {
                throw AgentError(.invalid, "a challenge names its relying party and its purpose")
            }
            bytes = form.signedBytes
            use = Self.use(.challenge, request.content, relyingParty: relyingParty, name: purpose)
        case .message(let namespace):
            guard let form = SSHSignature(namespace: namespace, digest: Self.digest(request.content)) else {
                throw AgentError(.invalid, "a message's signature names its namespace")
            }
            bytes = form.signedBytes
            use = Self.use(.message, request.content, name: namespace)
        case .login:
            bytes = try Self.bytes(request.content)
            use = try Self.login(bytes, key, sessions, request.content, hash)
        case .certificateVerify:
            bytes = try Self.bytes(request.content)
            guard let form = CertificateVerify(signedBytes: bytes) else {
                throw AgentError(.invalid, "these bytes are no CertificateVerify of TLS 1.3")
            }
            use = Self.use(form.role == .client ? .tlsClient : .tlsServer, request.content)
        case .opaque:
            bytes = try Self.bytes(request.content)
            guard SigningPurpose(of: bytes) == .opaque, !SigningPurpose.resemblesForm(bytes) else {
                throw AgentError(.invalid, "these bytes have the form of another purpose; ask for that one")
            }
            use = Self.use(.opaque, request.content)
        }
    }

    private static func login(
        _ bytes: [UInt8], _ key: [UInt8], _ sessions: SessionTrail, _ content: SignRequest.Content,
        _ hash: FingerprintHash
    ) throws(AgentError) -> SignatureUse {
        guard case .login(let login) = SigningPurpose(of: bytes), login.key == SSHEd25519.blob(key) else {
            throw AgentError(.invalid, "these bytes are no ssh login with this identity's key")
        }
        let host = try sessions.host(of: login)
        return use(.login, content, name: login.user, host: host?.fingerprint(hash) ?? "")
    }

    private static func bytes(_ content: SignRequest.Content) throws(AgentError) -> [UInt8] {
        guard case .bytes(let bytes) = content, !bytes.isEmpty else {
            throw AgentError(.invalid, "this purpose needs the bytes, not their digest")
        }
        return bytes
    }

    private static func digest(_ content: SignRequest.Content) -> MessageDigest {
        switch content {
        case .bytes(let bytes): MessageDigest(of: bytes)
        case .digest(let digest): digest
        }
    }

    private static func use(
        _ kind: SignatureUse.Kind, _ content: SignRequest.Content, relyingParty: String = "", name: String = "",
        host: String = ""
    ) -> SignatureUse {
        var size: UInt64?
        var text = ""
        if case .bytes(let bytes) = content {
            size = UInt64(bytes.count)
            text = DisplayText.whole(bytes) ?? ""
        }
        return SignatureUse(
            kind: kind, relyingParty: relyingParty, name: name, host: host, digest: digest(content).text, size: size,
            text: text)
    }
}
