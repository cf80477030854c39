public import SecureMemory
public import Wire

/// Fetches a Cl@ve PIN, waiting for one to come; the person confirms before it is given.
public struct PINRequest: AgentExtension, Equatable {
    public typealias Reply = PINReply
    public static let name = "pin@clave-agent.internal"
    /// Whose; nil for any.
    public let identity: Identifier?
    /// Words that the procedure's or organisation's name must contain, or the page's reference; empty for any.
    public let filter: String
    /// Seconds to wait; 0 to look only.
    public let wait: UInt32

    /// All members.
    public init(identity: Identifier?, filter: String, wait: UInt32) {
        self.identity = identity
        self.filter = filter
        self.wait = wait
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identity = try reader.boolean() ? Identifier(decoding: &reader) : nil
        filter = try reader.text(limit: ProtocolLimits.line)
        wait = try reader.uint32()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(identity != nil)
        identity?.encode(into: &writer)
        writer.put(filter)
        writer.put(wait)
    }
}

/// A PIN for one procedure.
public struct PINReply: WireValue, Sendable {
    /// The three characters.
    public let pin: SecretBox
    /// What it is for.
    public let details: PendingRequest

    /// All members.
    public init(pin: SecretBox, details: PendingRequest) {
        self.pin = pin
        self.details = details
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        pin = SecretBox(try reader.secret(limit: 16))
        details = try PendingRequest(decoding: &reader)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        pin.withSecret { writer.put($0) }
        details.encode(into: &writer)
    }
}

/// Gives a PIN back that could not be shown to the person: it waits again. Only the connection that was given it can.
public struct ReturnPINRequest: AgentExtension, Equatable {
    public typealias Reply = Done
    public static let name = "return-pin@clave-agent.internal"
    /// Which: the identifier in the details of the PIN.
    public let request: Identifier

    /// All members.
    public init(_ request: Identifier) { self.request = request }
    public init(decoding reader: inout WireReader) throws(WireError) { request = try Identifier(decoding: &reader) }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { request.encode(into: &writer) }
}

/// Lists what waits for the person; with a wait, returns as soon as there is something.
public struct PendingListRequest: AgentExtension, Equatable {
    public typealias Reply = PendingList
    public static let name = "requests@clave-agent.internal"
    /// Whose; nil for all.
    public let identity: Identifier?
    /// Seconds to wait for a first one; 0 to look only.
    public let wait: UInt32

    /// All members.
    public init(identity: Identifier?, wait: UInt32) {
        self.identity = identity
        self.wait = wait
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identity = try reader.boolean() ? Identifier(decoding: &reader) : nil
        wait = try reader.uint32()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(identity != nil)
        identity?.encode(into: &writer)
        writer.put(wait)
    }
}

/// A PIN that has come (never the PIN itself), or a Cl@ve Mòbil request that waits for an answer.
public struct PendingRequest: Equatable, Sendable, WireValue {
    /// Which of the two.
    public enum Kind: UInt8, Sendable { case pin = 1, mobile = 2 }
    /// How a Cl@ve Mòbil request came: by document and contrast datum, or by the page's link.
    public enum Road: UInt8, Sendable { case document = 1, link = 2 }
    /// Names it.
    public let identifier: Identifier
    /// Whose it is.
    public let identity: Identifier
    /// PIN or Cl@ve Mòbil.
    public let kind: Kind
    /// Its road; `.document` for a PIN.
    public let road: Road
    /// Who asks.
    public let organisation: String
    /// What for.
    public let procedure: String
    /// What the page shows beside it: the 4-character reference of a PIN, the 3-character verification code of Cl@ve Mòbil.
    public let code: String
    /// The browser's network address, as the gateway saw it.
    public let origin: String
    /// Seconds since 1970, by the gateway's clock.
    public let createdAt: UInt64
    /// Seconds since 1970, by the gateway's clock.
    public let expiresAt: UInt64

    /// All members.
    public init(
        identifier: Identifier, identity: Identifier, kind: Kind, road: Road, organisation: String, procedure: String,
        code: String, origin: String, createdAt: UInt64, expiresAt: UInt64
    ) {
        self.identifier = identifier
        self.identity = identity
        self.kind = kind
        self.road = road
        self.organisation = organisation
        self.procedure = procedure
        self.code = code
        self.origin = origin
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identifier = try Identifier(decoding: &reader)
        identity = try Identifier(decoding: &reader)
        guard let kind = Kind(rawValue: try reader.byte()), let road = Road(rawValue: try reader.byte()) else {
            throw .malformed
        }
        self.kind = kind
        self.road = road
        organisation = try reader.text(limit: ProtocolLimits.line)
        procedure = try reader.text(limit: ProtocolLimits.line)
        code = try reader.text(limit: 16)
        origin = try reader.text(limit: ProtocolLimits.line)
        createdAt = try reader.uint64()
        expiresAt = try reader.uint64()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        identifier.encode(into: &writer)
        identity.encode(into: &writer)
        writer.put(byte: kind.rawValue)
        writer.put(byte: road.rawValue)
        writer.put(organisation)
        writer.put(procedure)
        writer.put(code)
        writer.put(origin)
        writer.put(createdAt)
        writer.put(expiresAt)
    }
}

/// What waits, oldest first.
public struct PendingList: WireValue, Equatable, Sendable {
    /// The requests.
    public let requests: [PendingRequest]

    /// A list.
    public init(_ requests: [PendingRequest]) { self.requests = requests }
    public init(decoding reader: inout WireReader) throws(WireError) {
        requests = try reader.list(limit: ProtocolLimits.list) { (reader) throws(WireError) in
            try PendingRequest(decoding: &reader)
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(list: requests) { $1.encode(into: &$0) }
    }
}

/// Approves (after the person confirms) or rejects (at once) a Cl@ve Mòbil request.
public struct AnswerRequest: AgentExtension, Equatable {
    public typealias Reply = Done
    public static let name = "answer@clave-agent.internal"
    /// Which.
    public let request: Identifier
    /// Yes or no.
    public let approve: Bool

    /// All members.
    public init(request: Identifier, approve: Bool) {
        self.request = request
        self.approve = approve
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        request = try Identifier(decoding: &reader)
        approve = try reader.boolean()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        request.encode(into: &writer)
        writer.put(approve)
    }
}

/// Takes a Cl@ve Mòbil request by the link or QR of its page; it then waits like any other.
public struct ClaimRequest: AgentExtension, Equatable {
    public typealias Reply = PendingRequest
    public static let name = "claim@clave-agent.internal"
    /// The page's link, `clave-agent:…`.
    public let link: String
    /// As whom; nil where there is only one at that gateway.
    public let identity: Identifier?

    /// All members.
    public init(link: String, identity: Identifier?) {
        self.link = link
        self.identity = identity
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        link = try reader.text(limit: ProtocolLimits.url)
        identity = try reader.boolean() ? Identifier(decoding: &reader) : nil
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(link)
        writer.put(identity != nil)
        identity?.encode(into: &writer)
    }
}
