public import SignedForms
public import Wire

/// Asks for a signature by an identity's signing key; the person is shown what it is for and confirms.
public struct SignRequest: AgentExtension, Equatable {
    public typealias Reply = SignReply
    public static let name = "sign@clave-agent.internal"

    /// What the signature is for, as the program claims. What is signed has the form of it, so that a signature for one
    /// purpose is never one for another.
    public enum Purpose: Equatable, Sendable {
        /// To prove to a relying party who signs (``ClaveChallenge``).
        case challenge(relyingParty: String, purpose: String)
        /// A message or file (``SSHSignature``).
        case message(namespace: String)
        /// An ssh login (RFC 4252 section 7); the content is what is signed.
        case login
        /// A TLS 1.3 handshake (``CertificateVerify``); the content is what is signed.
        case certificateVerify
        /// Anything else, as it is: refused where it could pass for one of the others.
        case opaque
    }

    /// What the signature covers.
    public enum Content: Equatable, Sendable {
        /// The bytes themselves.
        case bytes([UInt8])
        /// Their digest, which the agent can't look into; for challenges and messages only.
        case digest(MessageDigest)
    }

    /// Who signs; nil where only one is active.
    public let identity: Identifier?
    /// What for.
    public let purpose: Purpose
    /// Over what.
    public let content: Content

    /// All members.
    public init(identity: Identifier?, purpose: Purpose, content: Content) {
        self.identity = identity
        self.purpose = purpose
        self.content = content
    }

    public init(decoding reader: inout WireReader) throws(WireError) {
        identity = try reader.boolean() ? Identifier(decoding: &reader) : nil
        purpose = try Purpose(decoding: &reader)
        switch try reader.byte() {
        case 1: content = .bytes(try reader.bytes(limit: ProtocolLimits.signedContent))
        case 2: content = .digest(try MessageDigest(decoding: &reader))
        default: throw .malformed
        }
    }

    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(identity != nil)
        identity?.encode(into: &writer)
        purpose.encode(into: &writer)
        switch content {
        case .bytes(let bytes):
            writer.put(byte: 1)
            writer.put(bytes)
        case .digest(let digest):
            writer.put(byte: 2)
            digest.encode(into: &writer)
        }
    }
}

extension SignRequest.Purpose: WireValue {
    public init(decoding reader: inout WireReader) throws(WireError) {
        switch try reader.byte() {
        case 1:
            let relyingParty = try reader.text(limit: ProtocolLimits.line)
            self = .challenge(relyingParty: relyingParty, purpose: try reader.text(limit: ProtocolLimits.line))
        case 2: self = .message(namespace: try reader.text(limit: SSHSignature.longestNamespace))
        case 3: self = .login
        case 4: self = .certificateVerify
        case 5: self = .opaque
        default: throw .malformed
        }
    }

    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        switch self {
        case .challenge(let relyingParty, let purpose):
            writer.put(byte: 1)
            writer.put(relyingParty)
            writer.put(purpose)
        case .message(let namespace):
            writer.put(byte: 2)
            writer.put(namespace)
        case .login: writer.put(byte: 3)
        case .certificateVerify: writer.put(byte: 4)
        case .opaque: writer.put(byte: 5)
        }
    }
}

/// A signature.
public struct SignReply: WireValue, Equatable, Sendable {
    /// The identity that signed.
    public let identity: Identifier
    /// Its Ed25519 signing key, 32 bytes.
    public let publicKey: [UInt8]
    /// The bytes that were signed, in the form of the purpose.
    public let signed: [UInt8]
    /// 64 bytes (RFC 8032).
    public let signature: [UInt8]

    /// All members.
    public init(identity: Identifier, publicKey: [UInt8], signed: [UInt8], signature: [UInt8]) {
        self.identity = identity
        self.publicKey = publicKey
        self.signed = signed
        self.signature = signature
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identity = try Identifier(decoding: &reader)
        publicKey = try reader.bytes(count: 32)
        signed = try reader.bytes(limit: ProtocolLimits.signedContent + 2048)
        signature = try reader.bytes(count: 64)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        identity.encode(into: &writer)
        writer.put(publicKey)
        writer.put(signed)
        writer.put(signature)
    }
}
