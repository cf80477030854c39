public import Wire

/// A header of an HTTP request.
public struct HeaderField: Equatable, Sendable, WireValue {
    /// Lower-case name.
    public let name: String
    /// Value.
    public let value: String

    /// All members.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        name = try reader.text(limit: ProtocolLimits.line)
        value = try reader.text(limit: ProtocolLimits.path)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(name)
        writer.put(value)
    }
}

/// Core → link: send this HTTP request, made and signed by the core. With `opensStream`, the reply is an event stream.
public struct LinkRequest: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 130 }
    /// The core's number for it; the stream's number with `opensStream`.
    public let number: UInt32
    /// Whether this opens the stream `number` (asked for by ``LinkStreamWanted``).
    public let opensStream: Bool
    /// The gateway.
    public let trust: GatewayTrust
    /// `GET` or `POST`.
    public let method: String
    /// Path and query.
    public let target: String
    /// Headers, in order.
    public let headers: [HeaderField]
    /// Body; empty for `GET`.
    public let body: [UInt8]

    /// All members.
    public init(
        number: UInt32, opensStream: Bool, trust: GatewayTrust, method: String, target: String, headers: [HeaderField],
        body: [UInt8]
    ) {
        self.number = number
        self.opensStream = opensStream
        self.trust = trust
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        number = try reader.uint32()
        opensStream = try reader.boolean()
        trust = try GatewayTrust(decoding: &reader)
        method = try reader.text(limit: 16)
        target = try reader.text(limit: ProtocolLimits.url)
        headers = try reader.list(limit: ProtocolLimits.headers) { (reader) throws(WireError) in
            try HeaderField(decoding: &reader)
        }
        body = try reader.bytes(limit: ProtocolLimits.body)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(number)
        writer.put(opensStream)
        trust.encode(into: &writer)
        writer.put(method)
        writer.put(target)
        writer.put(list: headers) { $1.encode(into: &$0) }
        writer.put(body)
    }
}

/// How a request over the network ended.
public enum LinkOutcome: UInt8, Sendable, CaseIterable {
    /// With an HTTP status.
    case answered = 0
    /// No connection, or it broke.
    case unreachable = 1
    /// The certificate is not vouched for, or is for another host.
    case untrusted = 2
    /// The public key is not the pinned one.
    case wrongKey = 3
    /// Too slow.
    case timedOut = 4
    /// Not HTTP, too large, or not what was asked for.
    case protocolError = 5
}

/// Link → core: the reply to a ``LinkRequest`` that opens no stream.
public struct LinkResponse: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 131 }
    /// The request's number.
    public let number: UInt32
    /// How it ended.
    public let outcome: LinkOutcome
    /// HTTP status; 0 without one.
    public let status: UInt32
    /// The body.
    public let body: [UInt8]
    /// English, for the log and for people; may be empty.
    public let detail: String

    /// All members.
    public init(number: UInt32, outcome: LinkOutcome, status: UInt32, body: [UInt8], detail: String) {
        self.number = number
        self.outcome = outcome
        self.status = status
        self.body = body
        self.detail = detail
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        number = try reader.uint32()
        guard let outcome = LinkOutcome(rawValue: try reader.byte()) else { throw .malformed }
        self.outcome = outcome
        status = try reader.uint32()
        body = try reader.bytes(limit: ProtocolLimits.body)
        detail = try reader.text(limit: ProtocolLimits.line)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(number)
        writer.put(byte: outcome.rawValue)
        writer.put(status)
        writer.put(body)
        writer.put(detail)
    }
}

/// Core → link: keep the stream `number` open. The link answers ``LinkStreamWanted`` now and after each cut.
public struct LinkStreamOpen: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 132 }
    /// The core's number for the stream.
    public let number: UInt32

    /// Opens a stream.
    public init(number: UInt32) { self.number = number }
    public init(decoding reader: inout WireReader) throws(WireError) { number = try reader.uint32() }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(number) }
}

/// Core → link: close the stream, or give the request up.
public struct LinkClose: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 133 }
    /// The stream's or request's number.
    public let number: UInt32

    /// Closes.
    public init(number: UInt32) { self.number = number }
    public init(decoding reader: inout WireReader) throws(WireError) { number = try reader.uint32() }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(number) }
}

/// Link → core: the back-off is over (or there was none yet): send a freshly signed request for this stream.
public struct LinkStreamWanted: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 134 }
    /// The stream's number.
    public let number: UInt32

    /// Asks for a request.
    public init(number: UInt32) { self.number = number }
    public init(decoding reader: inout WireReader) throws(WireError) { number = try reader.uint32() }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(number) }
}

/// Link → core: how the stream is: open, or cut and waiting for the back-off.
public struct LinkStreamState: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 135 }
    /// The stream's number.
    public let number: UInt32
    /// Whether it is open.
    public let isOpen: Bool
    /// Why it is cut; `.answered` with a status for a refusal by the gateway.
    public let outcome: LinkOutcome
    /// HTTP status of a refusal; 200 while open; 0 without one.
    public let status: UInt32
    /// English; may be empty.
    public let detail: String

    /// All members.
    public init(number: UInt32, isOpen: Bool, outcome: LinkOutcome, status: UInt32, detail: String) {
        self.number = number
        self.isOpen = isOpen
        self.outcome = outcome
        self.status = status
        self.detail = detail
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        number = try reader.uint32()
        isOpen = try reader.boolean()
        guard let outcome = LinkOutcome(rawValue: try reader.byte()) else { throw .malformed }
        self.outcome = outcome
        status = try reader.uint32()
        detail = try reader.text(limit: ProtocolLimits.line)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(number)
        writer.put(isOpen)
        writer.put(byte: outcome.rawValue)
        writer.put(status)
        writer.put(detail)
    }
}

/// Link → core: one event of a stream; its data is base64 on the stream, and sealed beneath that.
public struct LinkEvent: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 136 }
    /// The stream's number.
    public let number: UInt32
    /// The event's `id:`, a decimal sequence number.
    public let sequence: UInt64
    /// The decoded bytes.
    public let data: [UInt8]

    /// All members.
    public init(number: UInt32, sequence: UInt64, data: [UInt8]) {
        self.number = number
        self.sequence = sequence
        self.data = data
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        number = try reader.uint32()
        sequence = try reader.uint64()
        data = try reader.bytes(limit: ProtocolLimits.body)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(number)
        writer.put(sequence)
        writer.put(data)
    }
}
