public import Wire

/// Begins a registration, or goes on with one. The reply is its first event; ``RegistrationContinueRequest`` on the same
/// connection gives the next.
public struct RegisterRequest: AgentExtension, Equatable {
    public typealias Reply = RegistrationEvent
    public static let name = "register@clave-agent.internal"
    /// The registration to go on with; nil to begin one.
    public let resumed: Identifier?
    /// `certificate`, `dnie`, `letter`, or `letter-code` for who has a letter; empty to go on.
    public let way: String
    /// As in ``ActivateRequest``.
    public let reference: String
    /// As in ``ActivateRequest``; empty to go on.
    public let gateway: String
    /// As in ``ActivateRequest``.
    public let certificates: [UInt8]
    /// Values given beforehand.
    public let fields: [FieldValue]
    /// Of the identity, as in ``ActivateRequest``.
    public let lifetime: UInt32

    /// Begins.
    public init(
        way: String, reference: String = "", gateway: String, certificates: [UInt8], fields: [FieldValue],
        lifetime: UInt32
    ) {
        resumed = nil
        self.way = way
        self.reference = reference
        self.gateway = gateway
        self.certificates = certificates
        self.fields = fields
        self.lifetime = lifetime
    }

    /// Goes on.
    public init(resuming identifier: Identifier, fields: [FieldValue], lifetime: UInt32) {
        resumed = identifier
        (way, reference, gateway, certificates) = ("", "", "", [])
        self.fields = fields
        self.lifetime = lifetime
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        resumed = try reader.boolean() ? Identifier(decoding: &reader) : nil
        way = try reader.text(limit: ProtocolLimits.name)
        reference = try reader.text(limit: ProtocolLimits.reference)
        gateway = try reader.text(limit: ProtocolLimits.url)
        certificates = try reader.bytes(limit: ProtocolLimits.certificates)
        fields = try reader.list(limit: ProtocolLimits.fields) { (reader) throws(WireError) in
            try FieldValue(decoding: &reader)
        }
        lifetime = try reader.uint32()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(resumed != nil)
        resumed?.encode(into: &writer)
        writer.put(way)
        writer.put(reference)
        writer.put(gateway)
        writer.put(certificates)
        writer.put(list: fields) { $1.encode(into: &$0) }
        writer.put(lifetime)
    }
}

/// Asks for the next event of the registration that runs on this connection.
public struct RegistrationContinueRequest: AgentExtension, Equatable {
    public typealias Reply = RegistrationEvent
    public static let name = "continue-registration@clave-agent.internal"

    /// The request.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// What happens during a registration.
public typealias RegistrationEvent = ProgressEvent<RegistrationResult>

/// How a registration ended, for now or for good.
public enum RegistrationResult: WireValue, Equatable, Sendable {
    /// It goes on another day: the vault keeps it.
    case waiting(RegistrationInfo)
    /// The person is registered; this device does not act for them.
    case registered
    /// The person is registered, and this is their identity here.
    case activated(IdentityInfo)

    public init(decoding reader: inout WireReader) throws(WireError) {
        switch try reader.byte() {
        case 0: self = .waiting(try RegistrationInfo(decoding: &reader))
        case 1: self = .registered
        case 2: self = .activated(try IdentityInfo(decoding: &reader))
        default: throw .malformed
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        switch self {
        case .waiting(let info):
            writer.put(byte: 0)
            info.encode(into: &writer)
        case .registered: writer.put(byte: 1)
        case .activated(let identity):
            writer.put(byte: 2)
            identity.encode(into: &writer)
        }
    }
}

/// What is shown of a registration that goes on another day.
public struct RegistrationInfo: WireValue, Equatable, Sendable {
    /// Names it for this agent.
    public let identifier: Identifier
    /// `certificate`, `dnie` or `letter`.
    public let way: String
    /// The gateway's origin.
    public let gateway: String
    /// What the gateway calls itself.
    public let gatewayName: String
    /// Seconds since 1970.
    public let begunAt: UInt64
    /// When it goes on, in seconds since 1970; 0 for any time.
    public let due: UInt64
    /// Path of a page at the gateway; empty for none.
    public let page: String

    /// All members.
    public init(
        identifier: Identifier, way: String, gateway: String, gatewayName: String, begunAt: UInt64, due: UInt64,
        page: String
    ) {
        self.identifier = identifier
        self.way = way
        self.gateway = gateway
        self.gatewayName = gatewayName
        self.begunAt = begunAt
        self.due = due
        self.page = page
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identifier = try Identifier(decoding: &reader)
        way = try reader.text(limit: ProtocolLimits.name)
        gateway = try reader.text(limit: ProtocolLimits.url)
        gatewayName = try reader.text(limit: ProtocolLimits.line)
        begunAt = try reader.uint64()
        due = try reader.uint64()
        page = try reader.text(limit: ProtocolLimits.line)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        identifier.encode(into: &writer)
        writer.put(way)
        writer.put(gateway)
        writer.put(gatewayName)
        writer.put(begunAt)
        writer.put(due)
        writer.put(page)
    }
}

/// Lists the registrations that go on another day; opens the vault first.
public struct RegistrationsRequest: AgentExtension, Equatable {
    public typealias Reply = RegistrationList
    public static let name = "registrations@clave-agent.internal"

    /// The request.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// Registrations, oldest first.
public struct RegistrationList: WireValue, Equatable, Sendable {
    public let registrations: [RegistrationInfo]

    /// A list.
    public init(_ registrations: [RegistrationInfo]) { self.registrations = registrations }
    public init(decoding reader: inout WireReader) throws(WireError) {
        registrations = try reader.list(limit: ProtocolLimits.registrations) { (reader) throws(WireError) in
            try RegistrationInfo(decoding: &reader)
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(list: registrations) { $1.encode(into: &$0) }
    }
}

/// Forgets a registration that was begun; the gateway forgets it by itself.
public struct ForgetRegistrationRequest: AgentExtension, Equatable {
    public typealias Reply = Done
    public static let name = "forget-registration@clave-agent.internal"
    public let identifier: Identifier

    /// Forgets one.
    public init(_ identifier: Identifier) { self.identifier = identifier }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identifier = try Identifier(decoding: &reader)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { identifier.encode(into: &writer) }
}
