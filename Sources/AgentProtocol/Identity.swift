public import Wire

/// Names an identity or a request: 16 random bytes, shown as 32 hexadecimal digits.
public struct Identifier: Hashable, Sendable, CustomStringConvertible, WireValue {
    /// The 16 bytes.
    public let bytes: [UInt8]

    /// An identifier of 16 bytes; nil for any other number.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == ProtocolLimits.identifier else { return nil }
        self.bytes = bytes
    }

    /// From 32 hexadecimal digits.
    public init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count == ProtocolLimits.identifier * 2 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        self.bytes = bytes
    }

    public init(decoding reader: inout WireReader) throws(WireError) {
        bytes = try reader.bytes(count: ProtocolLimits.identifier)
    }

    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(bytes)
    }

    /// 32 hexadecimal digits.
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// Whether the agent hears an identity's gateway.
public enum LinkState: UInt8, Sendable, CaseIterable {
    /// No stream is wanted: the vault is locked, or the identity is registered nowhere.
    case idle = 0
    /// A connection is being made, or waited for after a failure.
    case connecting = 1
    /// The event stream is open.
    case connected = 2
    /// The gateway refuses this device: it was deactivated there, or another replaced it.
    case refused = 3
}

/// What a tool may know of an identity; nothing in it is secret, the document is starred.
public struct IdentityInfo: Equatable, Sendable, WireValue {
    /// Names it for this agent.
    public let identifier: Identifier
    /// The person's name, as the gateway has it.
    public let name: String
    /// The starred document, `****5678Z`.
    public let document: String
    /// Registration level: 1 basic, 2 advanced.
    public let level: UInt8
    /// The plugin that activated it: `sms`.
    public let method: String
    /// The gateway's address; empty for an identity that only signs, and is registered nowhere.
    public let gateway: String
    /// What the gateway calls itself.
    public let gatewayName: String
    /// Seconds since 1970.
    public let activatedAt: UInt64
    /// When the agent drops its keys from memory; 0 for never.
    public let expiresAt: UInt64
    /// Of the stream to its gateway.
    public let link: LinkState
    /// The device's Ed25519 public key, 32 bytes, by which its gateway knows it.
    public let publicKey: [UInt8]
    /// The Ed25519 public key, 32 bytes, of signatures that tools ask for.
    public let signingKey: [UInt8]
    /// How the person is asked before the identity acts.
    public let policies: ConfirmationPolicies
    /// The certificate by which it was activated; nil for other methods.
    public let credential: CredentialInfo?
    /// The certificate of its key for signatures that bind; nil if it has none.
    public let signatureCredential: CredentialInfo?
    /// Whether ssh sees the certificate's key.
    public let servesSSH: Bool

    /// All members.
    public init(
        identifier: Identifier, name: String, document: String, level: UInt8, method: String, gateway: String,
        gatewayName: String, activatedAt: UInt64, expiresAt: UInt64, link: LinkState, publicKey: [UInt8],
        signingKey: [UInt8], policies: ConfirmationPolicies, credential: CredentialInfo? = nil,
        signatureCredential: CredentialInfo? = nil, servesSSH: Bool = false
    ) {
        self.identifier = identifier
        self.name = name
        self.document = document
        self.level = level
        self.method = method
        self.gateway = gateway
        self.gatewayName = gatewayName
        self.activatedAt = activatedAt
        self.expiresAt = expiresAt
        self.link = link
        self.publicKey = publicKey
        self.signingKey = signingKey
        self.policies = policies
        self.credential = credential
        self.signatureCredential = signatureCredential
        self.servesSSH = servesSSH
    }

    /// Whether it only signs: it is registered at no gateway.
    public var isLocal: Bool { gateway.isEmpty }

    public init(decoding reader: inout WireReader) throws(WireError) {
        identifier = try Identifier(decoding: &reader)
        name = try reader.text(limit: ProtocolLimits.line)
        document = try reader.text(limit: ProtocolLimits.line)
        level = try reader.byte()
        method = try reader.text(limit: ProtocolLimits.name)
        gateway = try reader.text(limit: ProtocolLimits.url)
        gatewayName = try reader.text(limit: ProtocolLimits.line)
        activatedAt = try reader.uint64()
        expiresAt = try reader.uint64()
        guard let state = LinkState(rawValue: try reader.byte()) else { throw .malformed }
        link = state
        publicKey = try reader.bytes(count: 32)
        signingKey = try reader.bytes(count: 32)
        policies = try ConfirmationPolicies(decoding: &reader)
        credential = try reader.boolean() ? CredentialInfo(decoding: &reader) : nil
        signatureCredential = try reader.boolean() ? CredentialInfo(decoding: &reader) : nil
        servesSSH = try reader.boolean()
    }

    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        identifier.encode(into: &writer)
        writer.put(name)
        writer.put(document)
        writer.put(byte: level)
        writer.put(method)
        writer.put(gateway)
        writer.put(gatewayName)
        writer.put(activatedAt)
        writer.put(expiresAt)
        writer.put(byte: link.rawValue)
        writer.put(publicKey)
        writer.put(signingKey)
        policies.encode(into: &writer)
        writer.put(credential != nil)
        credential?.encode(into: &writer)
        writer.put(signatureCredential != nil)
        signatureCredential?.encode(into: &writer)
        writer.put(servesSSH)
    }
}
