public import SignedForms
public import Wire

/// Asks for signatures by the key of an identity's certificate; the person is shown what they are for and confirms.
///
/// Several at once are a batch: documents or messages of one form, each named by its digest, and one word of the person's
/// for all.
///
/// The reply is the first event; ``SigningContinueRequest`` on the same connection gives the next.
public struct CertificateSignRequest: AgentExtension, Equatable {
    public typealias Reply = SigningEvent
    public static let name = "sign-certificate@clave-agent.internal"

    /// What the signature is for. What is signed has the form of it.
    public enum Form: Equatable, Sendable {
        /// A document: the attributes of a CMS signature (``SignedAttributes``), made by the agent.
        case document(namesCertificate: Bool)
        /// A message or file, as `ssh-keygen -Y sign` has it (``SSHSignature``).
        case message(namespace: String)
        /// A JSON Web Signature: the content is the signing input (RFC 7515 section 5.1).
        case token
        /// Anything else, as it is.
        case opaque

        /// The digest by which a content is named: the scheme's, but for SSH signatures, which have one of their own.
        public func contentDigest(by scheme: SignatureScheme) -> MessageDigest.Algorithm {
            if case .message = self { return .sha512 }
            return scheme.digest
        }
    }

    /// What the signature covers.
    public enum Content: Equatable, Sendable {
        /// The bytes themselves.
        case bytes([UInt8])
        /// Their digest (``Form/contentDigest(by:)``), which the agent can't look into; for documents and messages only.
        case digest([UInt8])
        /// What came before on this connection (``ContentRequest``), by that digest; used up by this.
        case parts
    }

    /// Whose; nil where only one identity with a certificate is active.
    public let identity: Identifier?
    /// Which of the identity's keys.
    public let use: CredentialUse
    /// How the key signs; nil for the usual way of its kind.
    public let scheme: SignatureScheme?
    /// What for.
    public let form: Form
    /// Over what: 1 to ``ProtocolLimits/batch``, a signature each.
    public let contents: [SignedItem]

    /// All members.
    public init(
        identity: Identifier?, use: CredentialUse, scheme: SignatureScheme?, form: Form, contents: [SignedItem]
    ) {
        self.identity = identity
        self.use = use
        self.scheme = scheme
        self.form = form
        self.contents = contents
    }

    public init(decoding reader: inout WireReader) throws(WireError) {
        identity = try reader.boolean() ? Identifier(decoding: &reader) : nil
        use = try CredentialUse(decoding: &reader)
        let name = try reader.text(limit: ProtocolLimits.name)
        scheme = SignatureScheme(rawValue: name)
        guard scheme != nil || name.isEmpty else { throw .malformed }
        form = try Form(decoding: &reader)
        contents = try reader.list(limit: ProtocolLimits.batch) { (reader) throws(WireError) in
            try SignedItem(decoding: &reader)
        }
        guard !contents.isEmpty else { throw .malformed }
    }

    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(identity != nil)
        identity?.encode(into: &writer)
        use.encode(into: &writer)
        writer.put(scheme?.rawValue ?? "")
        form.encode(into: &writer)
        writer.put(list: contents) { $1.encode(into: &$0) }
    }
}

/// One of the contents that a request wants signed.
public struct SignedItem: Equatable, Sendable {
    /// What the program calls it, such as the file's name; may be empty.
    public let name: String
    public let content: CertificateSignRequest.Content

    /// All members.
    public init(_ content: CertificateSignRequest.Content, name: String = "") {
        self.name = name
        self.content = content
    }
}

extension SignedItem: WireValue {
    public init(decoding reader: inout WireReader) throws(WireError) {
        name = try reader.text(limit: ProtocolLimits.line)
        switch try reader.byte() {
        case 1: content = .bytes(try reader.bytes(limit: ProtocolLimits.signedContent))
        case 2: content = .digest(try reader.bytes(limit: 64))
        case 3: content = .parts
        default: throw .malformed
        }
    }

    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(name)
        switch content {
        case .bytes(let bytes):
            writer.put(byte: 1)
            writer.put(bytes)
        case .digest(let digest):
            writer.put(byte: 2)
            writer.put(digest)
        case .parts: writer.put(byte: 3)
        }
    }
}

extension CertificateSignRequest.Form: WireValue {
    public init(decoding reader: inout WireReader) throws(WireError) {
        switch try reader.byte() {
        case 1: self = .document(namesCertificate: try reader.boolean())
        case 2: self = .message(namespace: try reader.text(limit: SSHSignature.longestNamespace))
        case 3: self = .token
        case 4: self = .opaque
        default: throw .malformed
        }
    }

    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        switch self {
        case .document(let namesCertificate):
            writer.put(byte: 1)
            writer.put(namesCertificate)
        case .message(let namespace):
            writer.put(byte: 2)
            writer.put(namespace)
        case .token: writer.put(byte: 3)
        case .opaque: writer.put(byte: 4)
        }
    }
}

/// What happens while a certificate's key signs, which on a card takes its time.
public typealias SigningEvent = ProgressEvent<CertificateSignReply>

/// Asks for the next event of the signatures that are made on this connection.
public struct SigningContinueRequest: AgentExtension, Equatable {
    public typealias Reply = SigningEvent
    public static let name = "sign-continue@clave-agent.internal"

    /// The request.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// Signatures by a certificate's key.
public struct CertificateSignReply: WireValue, Equatable, Sendable {
    /// The identity that signed.
    public let identity: Identifier
    /// How.
    public let scheme: SignatureScheme
    /// The public key as an SSH blob.
    public let publicKey: [UInt8]
    /// In DER: the certificate, and those of its issuers.
    public let certificates: [[UInt8]]
    /// When, in seconds since 1970: the time that documents' signatures name.
    public let signedAt: UInt64
    /// One for each content: as long as the modulus for RSA, `r ‖ s` for ECDSA (RFC 7518 sections 3.3 to 3.5).
    public let signatures: [[UInt8]]

    /// All members.
    public init(
        identity: Identifier, scheme: SignatureScheme, publicKey: [UInt8], certificates: [[UInt8]], signedAt: UInt64,
        signatures: [[UInt8]]
    ) {
        self.identity = identity
        self.scheme = scheme
        self.publicKey = publicKey
        self.certificates = certificates
        self.signedAt = signedAt
        self.signatures = signatures
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identity = try Identifier(decoding: &reader)
        guard let scheme = SignatureScheme(rawValue: try reader.text(limit: ProtocolLimits.name)) else {
            throw .malformed
        }
        self.scheme = scheme
        publicKey = try reader.bytes(limit: ProtocolLimits.keyBlob)
        certificates = try reader.certificates()
        signedAt = try reader.uint64()
        signatures = try reader.list(limit: ProtocolLimits.batch) { (reader) throws(WireError) in
            try reader.bytes(limit: ProtocolLimits.signatureBlob)
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        identity.encode(into: &writer)
        writer.put(scheme.rawValue)
        writer.put(publicKey)
        writer.put(certificates: certificates)
        writer.put(signedAt)
        writer.put(list: signatures) { $0.put($1) }
    }
}
