import AgentProtocol
import ClaveDomain
import EventLoop
import SSHKeys
import SignedForms
import Wire

/// What a certificate's key is asked to sign, in the form of its purpose, and what the person is shown of it.
@CoreActor
struct CertificateForm {
    /// What the scheme signs, for each content: a digest, or for Ed25519 the message itself.
    let digests: [[UInt8]]
    let use: SignatureUse

    /// - Throws: `.invalid` for content that is not of its purpose's form, or could pass for another's.
    init(
        _ request: CertificateSignRequest, _ scheme: SignatureScheme, _ credential: Credential,
        parts: StreamedContent?, now: UInt64
    ) throws(AgentError) {
        guard request.contents.count == 1 || request.contents.allSatisfy(\.isDigest) else {
            throw AgentError(.invalid, "several documents or messages are each named by their digest")
        }
        guard request.contents.count == 1 || credential.use != .signature else {
            throw AgentError(.invalid, "what binds the person is signed one at a time: each is a word of its own")
        }
        var (digests, contents): ([[UInt8]], [MessageDigest]) = ([], [])
        for item in request.contents {
            let content = try Self.digest(item.content, parts, request.form.contentDigest(by: scheme))
            contents.append(content)
            switch request.form {
            case .document(let isNamed):
                digests.append(try Self.document(content, scheme, isNamed ? credential : nil, now))
            case .message(let namespace): digests.append(try Self.message(content, scheme, namespace))
            case .token:
                guard Self.isSigningInput(item.content, parts) else {
                    throw AgentError(.invalid, "these bytes are no signing input of a JSON Web Signature")
                }
                digests.append(try Self.input(item.content, parts, content, scheme))
            case .opaque:
                guard Self.isOpaque(item.content, parts) else {
                    throw AgentError(.invalid, "these bytes have the form of another purpose; ask for that one")
                }
                digests.append(try Self.input(item.content, parts, content, scheme))
            }
        }
        self.digests = digests
        let all = SignatureUse.batchText(contents.map(\.text))
        let shown = contents.count == 1 ? contents[0] : try Self.digest(Array(all.utf8), .sha256)
        use = SignatureUse(request, parts, contents, shown: shown, credential)
    }

    /// - Parameter credential: whose certificate the signature names; nil if it names none.
    private static func document(
        _ content: MessageDigest, _ scheme: SignatureScheme, _ credential: Credential?, _ now: UInt64
    ) throws(AgentError) -> [UInt8] {
        let certificate = credential.map { Signer.digest($0.certificates.first ?? [], .sha256) } ?? nil
        guard certificate != nil || credential == nil,
            let attributes = SignedAttributes(digest: content, signedAt: now, certificateDigest: certificate)
        else { throw AgentError(.invalid, "a document's signature can't be made of this") }
        let message = attributes.signedBytes
        return scheme.input(message, try digest(message, scheme.digest))
    }

    private static func message(
        _ content: MessageDigest, _ scheme: SignatureScheme, _ namespace: String
    ) throws(AgentError) -> [UInt8] {
        guard let form = SSHSignature(namespace: namespace, digest: content) else {
            throw AgentError(.invalid, "a message's signature names its namespace")
        }
        return scheme.input(form.signedBytes, try digest(form.signedBytes, scheme.digest))
    }

    /// What is signed for content that is signed as it is.
    private static func input(
        _ content: CertificateSignRequest.Content, _ parts: StreamedContent?, _ digest: MessageDigest,
        _ scheme: SignatureScheme
    ) throws(AgentError) -> [UInt8] {
        guard scheme.signsMessage else { return digest.bytes }
        switch content {
        case .bytes(let bytes): return bytes
        case .parts:
            // Of content in parts, only the beginning is still there.
            guard let parts, parts.count == UInt64(parts.beginning.count) else {
                throw AgentError(.invalid, "Ed25519 signs \(ProtocolLimits.signedContent) bytes at most in this form")
            }
            return parts.beginning
        case .digest: throw AgentError(.invalid, "Ed25519 signs no digest")
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

extension SignedItem {
    fileprivate var isDigest: Bool {
        if case .digest = content { true } else { false }
    }
}

extension SignatureUse {
    @CoreActor fileprivate init(
        _ request: CertificateSignRequest, _ parts: StreamedContent?, _ digests: [MessageDigest],
        shown: MessageDigest, _ credential: Credential
    ) {
        var (name, size, text): (String, UInt64?, String) = ("", nil, "")
        if case .message(let namespace) = request.form { name = namespace }
        switch request.contents[0].content {
        case .bytes(let bytes):
            size = UInt64(bytes.count)
            text = DisplayText.whole(bytes) ?? ""
        case .parts: size = parts?.count
        case .digest: break
        }
        var batch: [Part] = []
        if digests.count > 1 {
            batch = zip(request.contents, digests).map {
                Part(name: DisplayText.line(Array($0.name.utf8)), digest: $1.text)
            }
        }
        self.init(
            kind: request.form.kind, name: name, digest: shown.text, size: size, text: text,
            batch: batch, certificate: Self.words(for: credential), isBinding: credential.use == .signature,
            isOnToken: credential.secret == nil)
    }

    /// Issuer and last day, and the entity for which its holder signs; as much as a question holds.
    static func words(for credential: Credential) -> String {
        let day = CivilDate(unixTime: Int64(clamping: credential.info.validBefore)).text
        let entity = credential.info.entity
        let words = "\(credential.info.issuer), \(day)" + (entity.isEmpty ? "" : ", \(entity)")
        return PlainText.beginning(of: words, bytes: SignatureUse.longestCertificate)
    }
}

extension CertificateSignRequest.Form {
    fileprivate var kind: SignatureUse.Kind {
        switch self {
        case .document: .document
        case .message: .message
        case .token: .webToken
        case .opaque: .opaque
        }
    }
}
