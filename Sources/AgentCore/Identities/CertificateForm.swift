import AgentProtocol
import ClaveDomain
import SSHKeys
import SignedForms

/// What a certificate's key is asked to sign, in the form of its purpose, and what the person is shown of it.
struct CertificateForm {
    /// What the scheme signs.
    let digest: [UInt8]
    let use: SignatureUse

    /// - Throws: `.invalid` for content that is not of its purpose's form, or could pass for another's.
    init(
        _ request: CertificateSignRequest, _ scheme: SignatureScheme, _ credential: Credential, now: UInt64
    ) throws(AgentError) {
        let content = try Self.digest(request.content, request.form.contentDigest(by: scheme))
        switch request.form {
        case .document(let namesCertificate):
            let certificate = namesCertificate ? Signer.digest(credential.certificates.first ?? [], .sha256) : nil
            guard
                let attributes = SignedAttributes(digest: content, signedAt: now, certificateDigest: certificate)
            else { throw AgentError(.invalid, "a document's signature can't be made of this") }
            digest = try Self.digest(attributes.signedBytes, scheme.digest).bytes
            use = SignatureUse(.document, request.content, content, credential)
        case .message(let namespace):
            guard let form = SSHSignature(namespace: namespace, digest: content) else {
                throw AgentError(.invalid, "a message's signature names its namespace")
            }
            digest = try Self.digest(form.signedBytes, scheme.digest).bytes
            use = SignatureUse(.message, request.content, content, credential, name: namespace)
        case .token:
            guard case .bytes(let bytes) = request.content, WebSignature.isInput(bytes) else {
                throw AgentError(.invalid, "these bytes are no signing input of a JSON Web Signature")
            }
            digest = content.bytes
            use = SignatureUse(.webToken, request.content, content, credential)
        case .opaque:
            if case .bytes(let bytes) = request.content { try Self.requireOpaque(bytes) }
            digest = content.bytes
            use = SignatureUse(.opaque, request.content, content, credential)
        }
    }

    private static func digest(
        _ content: CertificateSignRequest.Content, _ algorithm: MessageDigest.Algorithm
    ) throws(AgentError) -> MessageDigest {
        switch content {
        case .bytes(let bytes): return try digest(bytes, algorithm)
        case .digest(let bytes):
            guard let digest = MessageDigest(algorithm, bytes) else {
                throw AgentError(.invalid, "the digest is \(algorithm.rawValue)'s, of \(algorithm.length) bytes")
            }
            return digest
        }
    }

    private static func digest(
        _ bytes: [UInt8], _ algorithm: MessageDigest.Algorithm
    ) throws(AgentError) -> MessageDigest {
        guard let made = Signer.digest(bytes, algorithm), let digest = MessageDigest(algorithm, made) else {
            throw AgentError(.system, "no digest")
        }
        return digest
    }

    /// Refuses what could pass for a form.
    private static func requireOpaque(_ bytes: [UInt8]) throws(AgentError) {
        guard !bytes.isEmpty, SigningPurpose(of: bytes) == .opaque, !SigningPurpose.resemblesForm(bytes),
            !WebSignature.resemblesInput(bytes), !SignedAttributes.resembles(bytes)
        else { throw AgentError(.invalid, "these bytes have the form of another purpose; ask for that one") }
    }
}

extension SignatureUse {
    fileprivate init(
        _ kind: Kind, _ content: CertificateSignRequest.Content, _ digest: MessageDigest, _ credential: Credential,
        name: String = ""
    ) {
        var size: UInt64?
        var text = ""
        if case .bytes(let bytes) = content {
            size = UInt64(bytes.count)
            text = DisplayText.whole(bytes) ?? ""
        }
        let day = CivilDate(unixTime: Int64(clamping: credential.info.validBefore)).text
        self.init(
            kind: kind, name: name, digest: digest.text, size: size, text: text,
            certificate: "\(credential.info.issuer), \(day)")
    }
}
