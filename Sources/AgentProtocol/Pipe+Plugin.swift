public import SecureMemory
public import Wire

/// Core → plugin host: load a plugin and run its `activate`. A host runs one call, then ends.
public struct PluginActivate: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 120 }
    /// The plugin's name, `sms`: the file `sms.so` in a plugin folder.
    public let plugin: String
    /// The credential's reference; empty for none.
    public let reference: String
    /// The person's locale.
    public let locale: String
    /// The gateway's origin; empty where there is none, and nobody to prove anything to.
    public let gateway: String
    /// Ed25519 public key of the new device.
    public let signingKey: [UInt8]
    /// X25519 public key of the new device.
    public let sealingKey: [UInt8]

    /// All members.
    public init(
        plugin: String, reference: String, locale: String, gateway: String, signingKey: [UInt8], sealingKey: [UInt8]
    ) {
        self.plugin = plugin
        self.reference = reference
        self.locale = locale
        self.gateway = gateway
        self.signingKey = signingKey
        self.sealingKey = sealingKey
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        plugin = try reader.text(limit: ProtocolLimits.name)
        reference = try reader.text(limit: ProtocolLimits.reference)
        locale = try reader.text(limit: ProtocolLimits.locale)
        gateway = try reader.text(limit: ProtocolLimits.url)
        signingKey = try reader.bytes(count: SigningKey.publicKeyLength)
        sealingKey = try reader.bytes(count: SealingKey.keyLength)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(plugin)
        writer.put(reference)
        writer.put(locale)
        writer.put(gateway)
        writer.put(signingKey)
        writer.put(sealingKey)
    }
}

/// Plugin host → core: the plugin is loaded; sent once, first.
public struct PluginLoaded: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 121 }
    /// The plugin's title for people.
    public let title: String
    /// The plugin's version.
    public let version: String

    /// All members.
    public init(title: String, version: String) {
        self.title = title
        self.version = version
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        title = try reader.text(limit: ProtocolLimits.line)
        version = try reader.text(limit: ProtocolLimits.line)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(title)
        writer.put(version)
    }
}

/// Plugin host → core: ask the person; the core answers with ``PluginAnswer``.
public struct PluginAsk: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 122 }
    /// What to ask.
    public let field: FieldDescription

    /// Asks for a field.
    public init(field: FieldDescription) { self.field = field }
    public init(decoding reader: inout WireReader) throws(WireError) { field = try FieldDescription(decoding: &reader) }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { field.encode(into: &writer) }
}

/// Core → plugin host: the person's answer, or that there is none.
public struct PluginAnswer: ~Copyable, WireMessage, Sendable {
    public static var type: UInt8 { 123 }
    /// Whether the person answered.
    public let given: Bool
    /// The answer; empty if not given.
    public let value: SecretBytes

    /// All members.
    public init(given: Bool, value: consuming SecretBytes) {
        self.given = given
        self.value = value
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        let given = try reader.boolean()
        self.init(given: given, value: try reader.secret(limit: ProtocolLimits.answer))
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(given)
        writer.put(value)
    }
}

/// Plugin host → core: one round with the gateway. It may carry what the person typed, so it is handled as a secret.
public struct PluginExchange: ~Copyable, WireMessage, Sendable {
    public static var type: UInt8 { 124 }
    /// The step's name.
    public let step: String
    /// The plugin's bytes for the gateway.
    public let body: SecretBytes

    /// All members.
    public init(step: String, body: consuming SecretBytes) {
        self.step = step
        self.body = body
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        let step = try reader.text(limit: ProtocolLimits.name)
        self.init(step: step, body: try reader.secret(limit: ProtocolLimits.body))
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(step)
        writer.put(body)
    }
}

/// Core → plugin host: the gateway's bytes for the plugin, or why there are none.
public struct PluginExchangeReply: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 125 }
    /// `CLAVE_OK` and its siblings of `clave_plugin.h`.
    public let status: UInt32
    /// The reply's bytes.
    public let body: [UInt8]

    /// All members.
    public init(status: UInt32, body: [UInt8]) {
        self.status = status
        self.body = body
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        status = try reader.uint32()
        body = try reader.bytes(limit: ProtocolLimits.body)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(status)
        writer.put(body)
    }
}

/// Plugin host → core: a line, for the person or for the debug log.
public struct PluginLine: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 126 }
    /// Whether it is for the person.
    public let isProgress: Bool
    /// The line.
    public let text: String

    /// All members.
    public init(isProgress: Bool, text: String) {
        self.isProgress = isProgress
        self.text = text
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        isProgress = try reader.boolean()
        text = try reader.text(limit: ProtocolLimits.line)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(isProgress)
        writer.put(text)
    }
}

/// Plugin host → core: the call has ended; the last message.
public struct PluginDone: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 127 }
    /// Why a plugin could not run or what its call returned.
    public enum Outcome: UInt8, Sendable, CaseIterable {
        /// `CLAVE_OK`
        case succeeded = 0
        /// `CLAVE_CANCELLED`
        case cancelled = 1
        /// `CLAVE_REFUSED`
        case refused = 2
        /// `CLAVE_UNAVAILABLE`
        case unavailable = 3
        /// `CLAVE_INVALID`, `CLAVE_FAILED`, or a number that the header does not have
        case failed = 4
        /// There is no file of that name in any plugin folder.
        case notFound = 5
        /// The file may not be loaded; the detail says why.
        case notAllowed = 6
        /// The plugin broke a rule of the header; the detail says which.
        case broken = 7
        /// `CLAVE_UNUSABLE`
        case unusable = 8
        /// `CLAVE_PENDING`
        case pending = 9
    }
    /// How the call ended.
    public let outcome: Outcome
    /// English; may be empty.
    public let detail: String

    /// All members.
    public init(outcome: Outcome, detail: String = "") {
        self.outcome = outcome
        self.detail = detail
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let outcome = Outcome(rawValue: try reader.byte()) else { throw .malformed }
        self.outcome = outcome
        detail = try reader.text(limit: ProtocolLimits.line)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(byte: outcome.rawValue)
        writer.put(detail)
    }
}
