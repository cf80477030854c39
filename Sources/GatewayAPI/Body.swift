public import SecureMemory
public import Wire

/// A body of the gateway's interface, in SSH wire encoding: `application/vnd.clave-agent`.
public protocol Body: Sendable {
    /// Reads the body.
    init(decoding reader: inout WireReader) throws(WireError)
    /// Writes the body.
    func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer)
}

/// The media type of every body.
public let bodyMediaType = "application/vnd.clave-agent"

extension Body {
    /// The body's bytes; for what carries no secret.
    public var bytes: [UInt8] {
        var writer = ByteWriter()
        encode(into: &writer)
        return writer.bytes
    }

    /// The body's bytes in guarded memory.
    public var secretBytes: SecretBytes {
        var writer = SecretWriter()
        encode(into: &writer)
        return writer.finish()
    }

    /// Reads a whole body.
    public static func decode(_ bytes: RawSpan) throws(WireError) -> Self {
        try WireReader.read(bytes) { (reader) throws(WireError) in try Self(decoding: &reader) }
    }
}

extension Refusal: Body {}

/// An empty body: the reply to what needs no other.
public struct Accepted: Body, Equatable {
    /// Nothing.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// Reply to `GET /agent/v1/gateway` (unsigned request; binding: empty): who the gateway is.
public struct GatewayDescription: Body, Equatable {
    public static let path = "/agent/v1/gateway"
    /// For people: "Sandbox gateway".
    public let name: String
    /// Ed25519 public key that signs this and everything else; learned here, pinned afterwards.
    public let signingKey: [UInt8]
    /// X25519 public key to which an agent seals the steps of an activation, so that what carries them sees nothing.
    public let sealingKey: [UInt8]
    /// Pins of the TLS keys in use and next, each `sha256//` and base64 of the SHA-256 of a SubjectPublicKeyInfo.
    public let pins: [String]
    /// Activation methods offered: `sms`.
    public let methods: [String]
    /// Ways of registration offered: `certificate`, `dnie`, `letter`.
    public let ways: [String]
    /// Seconds since 1970 by its clock.
    public let time: UInt64

    /// All members.
    public init(
        name: String, signingKey: [UInt8], sealingKey: [UInt8], pins: [String], methods: [String], ways: [String] = [],
        time: UInt64
    ) {
        self.name = name
        self.signingKey = signingKey
        self.sealingKey = sealingKey
        self.pins = pins
        self.methods = methods
        self.ways = ways
        self.time = time
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        name = try reader.text(limit: GatewayLimits.line)
        signingKey = try reader.bytes(count: SigningKey.publicKeyLength)
        sealingKey = try reader.bytes(count: SealingKey.keyLength)
        pins = try reader.list(limit: GatewayLimits.pins) { (reader) throws(WireError) in try reader.text(limit: 64) }
        methods = try reader.list(limit: 16) { (reader) throws(WireError) in
            try reader.text(limit: GatewayLimits.name)
        }
        ways = try reader.list(limit: 16) { (reader) throws(WireError) in try reader.text(limit: GatewayLimits.name) }
        time = try reader.uint64()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(name)
        writer.put(signingKey)
        writer.put(sealingKey)
        writer.put(list: pins) { $0.put($1) }
        writer.put(list: methods) { $0.put($1) }
        writer.put(list: ways) { $0.put($1) }
        writer.put(time)
    }
}
