import AgentProtocol
import ClaveDomain
import SSHKeys
import SignedForms

/// What a certificate's key is asked to sign, in the form of its purpose, and what the person is shown of it.
@CoreActor
struct CertificateForm {
    /// What the scheme signs.
    let digest: [UInt8]
    let use: SignatureUse

    /// - Throws: `.invalid` for content that is not of its purpose's form, or could pass for another's.
    init(
        _ request: CertificateSignRequest, _ scheme: SignatureScheme, _ credential: Credential,
        parts: StreamedContent?, now: UInt64
    ) throws(AgentError) {
        let content = try Self.digest(request.content, parts, request.form.contentDigest(by: scheme))
        switch request.form {
        case .document(let namesCertificate):
            let certificate = namesCertificate ? Signer.digest(credential.certificates.first ?? [], .sha256) : nil
            guard
                let attributes = SignedAttributes(digest: content, signedAt: now, certificateDigest: certificate)
            else { throw AgentError(.invalid, "a document's signature can't be made of this") }
            digest = try Self.digest(attributes.signedBytes, scheme.digest).bytes
            use = SignatureUse(.document, request.content, parts, content, credential)
        case .message(let namespace):
            guard let form = SSHSignature(namespace: namespace, digest: content) else {
                throw AgentError(.invalid, "a message's signature names its namespace")
            }
            digest = try Self.digest(form.signedBytes, scheme.digest).bytes
            use = SignatureUse(.message, request.content, parts, content, credential, name: namespace)
        case .token:
            guard Self.isSigningInput(request.content, parts) else {
                throw AgentError(.invalid, "these bytes are no signing input of a JSON Web Signature")
            }
            digest = content.bytes
            use = SignatureUse(.webToken, request.content, parts, content, credential)
        case .opaque:
            guard Self.isOpaque(request.content, parts) else {
                throw AgentError(.invalid, "these bytes have the form of another purpose; ask for that one")
            }
            digest = content.bytes
            use = SignatureUse(.opaque, request.content, parts, content, credential)
        }
    }

    private static func digest(
        _ content: CertificateSignRequest.Content, _ parts: StreamedContent?, _ algorithm: MessageDigest.Algorithm
    ) throws(AgentError) -> MessageDigest {
        switch content {
        case .parts:
            guard let parts, parts.algorithm == algorithm, let digest = parts.finish() else {
                throw AgentError(.invalid, "there is no content, or by another digest")
            }
            return digest
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

    private static func isSigningInput(_ content: CertificateSignRequest.Content, _ parts: StreamedContent?) -> Bool {
        switch content {
        case .bytes(let bytes): WebSignature.isInput(bytes)
        case .digest: false
        case .parts: parts?.isSigningInput ?? false
        }
    }

    /// Whether it could pass for nothing that has a form. A digest tells nothing: it could be that of the proof of an
    /// activation.
    private static func isOpaque(_ content: CertificateSignRequest.Content, _ parts: StreamedContent?) -> Bool {
        switch content {
        case .bytes(let bytes):
            !bytes.isEmpty && SigningPurpose(of: bytes) == .opaque && !SigningPurpose.resemblesForm(bytes)
                && !WebSignature.resemblesInput(bytes) && !SignedAttributes.resembles(bytes)
        case .digest: false
        case .parts: parts.map { $0.count > 0 && !$0.resemblesForm } ?? false
        }
    }
}

extension SignatureUse {
    @CoreActor fileprivate init(
        _ kind: Kind, _ content: CertificateSignRequest.Content, _ parts: StreamedContent?, _ digest: MessageDigest,
        _ credential: Credential,
        name: String = ""
    ) {
        var size: UInt64?
        var text = ""
        switch content {
        case .bytes(let bytes):
            size = UInt64(bytes.count)
            text = DisplayText.whole(bytes) ?? ""
        case .parts: size = parts?.count
        case .digest: break
        }
        let day = CivilDate(unixTime: Int64(clamping: credential.info.validBefore)).text
        self.init(
            kind: kind, name: name, digest: digest.text, size: size, text: text,
            certificate: "\(credential.info.issuer), \(day)")
    }
}
