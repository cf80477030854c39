public import Wire

/// A value that a tool gives beforehand for a field that the plugin will ask; never a secret.
public struct FieldValue: Equatable, Sendable, WireValue {
    /// The field's name.
    public let name: String
    /// Its value.
    public let value: String

    /// All members.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        name = try reader.text(limit: ProtocolLimits.name)
        value = try reader.text(limit: ProtocolLimits.answer)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(name)
        writer.put(value)
    }
}

/// Begins an activation. The reply is its first event; ``ContinueRequest`` on the same connection gives the next.
public struct ActivateRequest: AgentExtension, Equatable {
    public typealias Reply = ActivationEvent
    public static let name = "activate@clave-agent.internal"
    /// The plugin's name.
    public let method: String
    /// The credential to activate with, as ``CredentialsRequest`` lists them, or `file:` and an absolute path; empty to be
    /// asked.
    public let reference: String
    /// The gateway's address, `https://host:port`; empty for an identity that only signs by its certificate, and is
    /// registered nowhere.
    public let gateway: String
    /// The certificates in PEM that vouch for the gateway; empty for the system's.
    public let certificates: [UInt8]
    /// Values given beforehand.
    public let fields: [FieldValue]
    /// Seconds until the agent drops the keys from memory; 0 for the agent's default.
    public let lifetime: UInt32

    /// All members.
    public init(
        method: String, reference: String = "", gateway: String, certificates: [UInt8], fields: [FieldValue],
        lifetime: UInt32
    ) {
        self.method = method
        self.reference = reference
        self.gateway = gateway
        self.certificates = certificates
        self.fields = fields
        self.lifetime = lifetime
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        method = try reader.text(limit: ProtocolLimits.name)
        reference = try reader.text(limit: ProtocolLimits.reference)
        gateway = try reader.text(limit: ProtocolLimits.url)
        certificates = try reader.bytes(limit: ProtocolLimits.certificates)
        fields = try reader.list(limit: ProtocolLimits.fields) { (reader) throws(WireError) in
            try FieldValue(decoding: &reader)
        }
        lifetime = try reader.uint32()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(method)
        writer.put(reference)
        writer.put(gateway)
        writer.put(certificates)
        writer.put(list: fields) { $1.encode(into: &$0) }
        writer.put(lifetime)
    }
}

/// Asks for the next event of the activation that runs on this connection.
public struct ContinueRequest: AgentExtension, Equatable {
    public typealias Reply = ActivationEvent
    public static let name = "continue@clave-agent.internal"

    /// The request.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// What happens during an activation; done is an identity that is active, sealed in the vault and listening.
public typealias ActivationEvent = ProgressEvent<IdentityInfo>

/// Asks which credentials a method sees on this machine: installed certificates, cards.
public struct CredentialsRequest: AgentExtension, Equatable {
    public typealias Reply = CredentialList
    public static let name = "credentials@clave-agent.internal"
    /// The plugin's name.
    public let method: String

    /// Asks a method.
    public init(method: String) { self.method = method }
    public init(decoding reader: inout WireReader) throws(WireError) {
        method = try reader.text(limit: ProtocolLimits.name)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(method) }
}

/// Credentials, in the plugin's order.
public struct CredentialList: WireValue, Equatable, Sendable {
    public let credentials: [CredentialInfo]

    /// A list.
    public init(_ credentials: [CredentialInfo]) { self.credentials = credentials }
    public init(decoding reader: inout WireReader) throws(WireError) {
        credentials = try reader.list(limit: ProtocolLimits.credentials) { (reader) throws(WireError) in
            try CredentialInfo(decoding: &reader)
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(list: credentials) { $1.encode(into: &$0) }
    }
}
