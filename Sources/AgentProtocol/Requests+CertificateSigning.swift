public import SignedForms
public import Wire

/// Asks for a signature by the key of an identity's certificate; the person is shown what it is for and confirms.
public struct CertificateSignRequest: AgentExtension, Equatable {
    public typealias Reply = CertificateSignReply
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
    /// How the key signs; nil for the usual way of its kind.
    public let scheme: SignatureScheme?
    /// What for.
    public let form: Form
    /// Over what.
    public let content: Content

    /// All members.
    public init(identity: Identifier?, scheme: SignatureScheme?, form: Form, content: Content) {
        self.identity = identity
        self.scheme = scheme
        self.form = form
        self.content = content
    }

    public init(decoding reader: inout WireReader) throws(WireError) {
        identity = try reader.boolean() ? Identifier(decoding: &reader) : nil
        let name = try reader.text(limit: ProtocolLimits.name)
        scheme = SignatureScheme(rawValue: name)
        guard scheme != nil || name.isEmpty else { throw .malformed }
        form = try Form(decoding: &reader)
        switch try reader.byte() {
        case 1: content = .bytes(try reader.bytes(limit: ProtocolLimits.signedContent))
        case 2: content = .digest(try reader.bytes(limit: 64))
        case 3: content = .parts
        default: throw .malformed
        }
    }

    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(identity != nil)
        identity?.encode(into: &writer)
        writer.put(scheme?.rawValue ?? "")
        form.encode(into: &writer)
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

/// A signature by a certificate's key.
public struct CertificateSignReply: WireValue, Equatable, Sendable {
    /// The identity that signed.
    public let identity: Identifier
    /// How.
    public let scheme: SignatureScheme
    /// The public key as an SSH blob.
    public let publicKey: [UInt8]
    /// In DER: the certificate, and those of its issuers.
    public let certificates: [[UInt8]]
    /// When, in seconds since 1970: the time that a document's signature names.
    public let signedAt: UInt64
    /// As long as the modulus for RSA, `r ‖ s` for ECDSA (RFC 7518 sections 3.3 to 3.5).
    public let signature: [UInt8]

    /// All members.
    public init(
        identity: Identifier, scheme: SignatureScheme, publicKey: [UInt8], certificates: [[UInt8]], signedAt: UInt64,
        signature: [UInt8]
    ) {
        self.identity = identity
        self.scheme = scheme
        self.publicKey = publicKey
        self.certificates = certificates
        self.signedAt = signedAt
        self.signature = signature
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
        signature = try reader.bytes(limit: ProtocolLimits.signatureBlob)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        identity.encode(into: &writer)
        writer.put(scheme.rawValue)
        writer.put(publicKey)
        writer.put(certificates: certificates)
        writer.put(signedAt)
        writer.put(signature)
    }
}

/// Asks for the certificates of an identity; nobody is asked.
public struct CertificatesRequest: AgentExtension, Equatable {
    public typealias Reply = CertificatesReply
    public static let name = "certificates@clave-agent.internal"
    /// Whose; nil where only one identity with a certificate is active.
    public let identity: Identifier?

    /// Asks for an identity's.
    public init(identity: Identifier?) { self.identity = identity }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identity = try reader.boolean() ? Identifier(decoding: &reader) : nil
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(identity != nil)
        identity?.encode(into: &writer)
    }
}

/// The certificates of an identity, and how its key signs.
public struct CertificatesReply: WireValue, Equatable, Sendable {
    /// Whose.
    public let identity: Identifier
    /// The ways in which the key signs, the usual one first.
    public let schemes: [SignatureScheme]
    /// In DER: the certificate, and those of its issuers.
    public let certificates: [[UInt8]]
    public let info: CredentialInfo

    /// All members.
    public init(identity: Identifier, schemes: [SignatureScheme], certificates: [[UInt8]], info: CredentialInfo) {
        self.identity = identity
        self.schemes = schemes
        self.certificates = certificates
        self.info = info
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identity = try Identifier(decoding: &reader)
        schemes = try reader.list(limit: SignatureScheme.allCases.count) { (reader) throws(WireError) in
            guard let scheme = SignatureScheme(rawValue: try reader.text(limit: ProtocolLimits.name)) else {
                throw .malformed
            }
            return scheme
        }
        certificates = try reader.certificates()
        info = try CredentialInfo(decoding: &reader)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        identity.encode(into: &writer)
        writer.put(list: schemes) { $0.put($1.rawValue) }
        writer.put(certificates: certificates)
        info.encode(into: &writer)
    }
}
