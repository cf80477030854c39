public import SecureMemory
public import Wire

/// `POST /agent/v1/activation/<method>/<step>`: one step of an activation, signed by the new device's key.
///
/// It may carry what the person typed, so the HTTP body is a sealed box of it (``sealed(to:)``): the process that does
/// TLS sees none of it.
public struct ActivationStep: Body {
    /// The path of a step.
    public static func path(method: String, step: String) -> String { "/agent/v1/activation/\(method)/\(step)" }
    /// From the first step's reply; empty in the first step.
    public let session: [UInt8]
    /// Ed25519 public key of the device: the same that signs the request.
    public let signingKey: [UInt8]
    /// X25519 public key of the device.
    public let sealingKey: [UInt8]
    /// What the person may call the device: the host's name.
    public let deviceName: String
    /// The plugin's bytes.
    public let body: SecretBox

    /// All members.
    public init(
        session: [UInt8], signingKey: [UInt8], sealingKey: [UInt8], deviceName: String, body: consuming SecretBytes
    ) {
        self.session = session
        self.signingKey = signingKey
        self.sealingKey = sealingKey
        self.deviceName = deviceName
        self.body = SecretBox(body)
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        session = try reader.bytes(limit: GatewayLimits.identifier)
        signingKey = try reader.bytes(count: SigningKey.publicKeyLength)
        sealingKey = try reader.bytes(count: SealingKey.keyLength)
        deviceName = try reader.text(limit: GatewayLimits.line)
        body = SecretBox(try reader.secret(limit: GatewayLimits.body))
    }

    /// The HTTP body: this step in a sealed box to the gateway; nil if that is no sealing key.
    public func sealed(to gateway: [UInt8]) -> [UInt8]? {
        secretBytes.withBytes { SealingKey.seal($0, to: gateway) }
    }

    /// Opens what ``sealed(to:)`` made; nil for anything else.
    public static func open(_ sealed: [UInt8], with key: borrowing SealingKey) -> ActivationStep? {
        guard let bytes = key.open(sealed) else { return nil }
        return bytes.withBytes { try? ActivationStep.decode($0) }
    }

    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(session)
        writer.put(signingKey)
        writer.put(sealingKey)
        writer.put(deviceName)
        body.withSecret { writer.put($0) }
    }
}

/// What a gateway grants at the end of an activation: the device now acts for this person.
public struct Grant: Body, Equatable {
    /// The person's name.
    public let name: String
    /// The person's DNI or NIE, canonical.
    public let document: String
    /// 1 basic, 2 advanced.
    public let level: UInt8
    /// Seconds since 1970.
    public let activatedAt: UInt64

    /// All members.
    public init(name: String, document: String, level: UInt8, activatedAt: UInt64) {
        self.name = name
        self.document = document
        self.level = level
        self.activatedAt = activatedAt
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        name = try reader.text(limit: GatewayLimits.line)
        document = try reader.text(limit: GatewayLimits.document)
        level = try reader.byte()
        activatedAt = try reader.uint64()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(name)
        writer.put(document)
        writer.put(byte: level)
        writer.put(activatedAt)
    }
}

/// Reply to an ``ActivationStep``.
public struct ActivationReply: Body, Equatable {
    /// Names the activation; to be sent with the next step.
    public let session: [UInt8]
    /// The gateway's bytes for the plugin.
    public let body: [UInt8]
    /// Present when the activation is complete.
    public let grant: Grant?

    /// All members.
    public init(session: [UInt8], body: [UInt8], grant: Grant?) {
        self.session = session
        self.body = body
        self.grant = grant
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        session = try reader.bytes(count: GatewayLimits.identifier)
        body = try reader.bytes(limit: GatewayLimits.body)
        grant = try reader.boolean() ? Grant(decoding: &reader) : nil
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(session)
        writer.put(body)
        writer.put(grant != nil)
        grant?.encode(into: &writer)
    }
}
