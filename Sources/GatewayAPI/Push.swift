public import SecureMemory
public import Wire

/// What a page's request is about; the same for a PIN and for Cl@ve Mòbil.
public struct RequestDetails: Body, Equatable {
    /// 16 random bytes.
    public let identifier: [UInt8]
    /// Who asks.
    public let organisation: String
    /// What for.
    public let procedure: String
    /// The page's 4-character reference (PIN) or 3-character verification code (Cl@ve Mòbil).
    public let code: String
    /// The browser's network address.
    public let origin: String
    /// Seconds since 1970.
    public let createdAt: UInt64
    /// Seconds since 1970.
    public let expiresAt: UInt64

    /// All members.
    public init(
        identifier: [UInt8], organisation: String, procedure: String, code: String, origin: String, createdAt: UInt64,
        expiresAt: UInt64
    ) {
        self.identifier = identifier
        self.organisation = organisation
        self.procedure = procedure
        self.code = code
        self.origin = origin
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identifier = try reader.bytes(count: GatewayLimits.identifier)
        organisation = try reader.text(limit: GatewayLimits.line)
        procedure = try reader.text(limit: GatewayLimits.line)
        code = try reader.text(limit: 8)
        origin = try reader.text(limit: 64)
        createdAt = try reader.uint64()
        expiresAt = try reader.uint64()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(identifier)
        writer.put(organisation)
        writer.put(procedure)
        writer.put(code)
        writer.put(origin)
        writer.put(createdAt)
        writer.put(expiresAt)
    }
}

/// One event of `GET /agent/v1/events`: on the stream `id: <sequence>` and `data: base64(sealed box of a signed envelope)`.
public struct Push: Body {
    public static let path = "/agent/v1/events"
    /// What happened.
    public enum Event: Sendable {
        /// A PIN was issued: three bytes.
        case pin(SecretBox, RequestDetails)
        /// Cl@ve Mòbil asks for an approval.
        case mobile(RequestDetails)
        /// A PIN or request is over: used, cancelled, replaced. The identifier.
        case withdrawn([UInt8])
        /// This device acts no more: another replaced it, or it was deactivated.
        case deactivated
    }
    /// The event's number for this device, growing; the same as the stream's `id`.
    public let sequence: UInt64
    /// What happened.
    public let event: Event

    /// All members.
    public init(sequence: UInt64, event: Event) {
        self.sequence = sequence
        self.event = event
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        sequence = try reader.uint64()
        switch try reader.byte() {
        case 1:
            let pin = SecretBox(try reader.secret(limit: 16))
            event = .pin(pin, try RequestDetails(decoding: &reader))
        case 2: event = .mobile(try RequestDetails(decoding: &reader))
        case 3: event = .withdrawn(try reader.bytes(count: GatewayLimits.identifier))
        case 4: event = .deactivated
        default: throw .malformed
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(sequence)
        switch event {
        case .pin(let pin, let details):
            writer.put(byte: 1)
            pin.withSecret { writer.put($0) }
            details.encode(into: &writer)
        case .mobile(let details):
            writer.put(byte: 2)
            details.encode(into: &writer)
        case .withdrawn(let identifier):
            writer.put(byte: 3)
            writer.put(identifier)
        case .deactivated: writer.put(byte: 4)
        }
    }

    /// The push as the gateway stores and sends it: signed, then sealed to the device; nil if its sealing key is none.
    public func sealed(
        signingKey: [UInt8], sealingKey: [UInt8], by gateway: borrowing SigningKey
    ) -> [UInt8]? {
        Envelope.withSigned(secret: self, context: .push, binding: signingKey, by: gateway) {
            SealingKey.seal($0, to: sealingKey)
        }
    }

    /// Opens what ``sealed(signingKey:sealingKey:by:)`` made; nil unless it is for this device and from that gateway.
    public static func open(
        _ sealed: [UInt8], signingKey: [UInt8], sealingKey: borrowing SealingKey, gateway: [UInt8]
    ) -> Push? {
        guard let signed = sealingKey.open(sealed) else { return nil }
        let body = signed.withBytes {
            Envelope.open($0, context: .push, binding: signingKey, status: 0, signedBy: gateway)
        }
        guard let body else { return nil }
        return body.withBytes { try? Push.decode($0) }
    }
}

/// `POST /agent/v1/pin/shown`: the person has seen this PIN; the gateway pushes it no more. Reply: ``Accepted``.
public struct PINShown: Body, Equatable {
    public static let path = "/agent/v1/pin/shown"
    /// The PIN's request.
    public let identifier: [UInt8]

    /// Names the PIN's request.
    public init(identifier: [UInt8]) { self.identifier = identifier }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identifier = try reader.bytes(count: GatewayLimits.identifier)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(identifier) }
}

/// `POST /agent/v1/mobile/answer`: the person's word on a Cl@ve Mòbil request. Reply: ``Accepted``.
public struct MobileAnswer: Body, Equatable {
    public static let path = "/agent/v1/mobile/answer"
    /// The request.
    public let identifier: [UInt8]
    /// Yes or no.
    public let approve: Bool
    /// The verification code that the person was shown; the gateway compares it.
    public let code: String

    /// All members.
    public init(identifier: [UInt8], approve: Bool, code: String) {
        self.identifier = identifier
        self.approve = approve
        self.code = code
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identifier = try reader.bytes(count: GatewayLimits.identifier)
        approve = try reader.boolean()
        code = try reader.text(limit: 8)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(identifier)
        writer.put(approve)
        writer.put(code)
    }
}

/// `POST /agent/v1/mobile/claim`: takes the request of a page's link for this device's person. Reply: ``RequestDetails``.
public struct MobileClaim: Body, Equatable {
    public static let path = "/agent/v1/mobile/claim"
    /// The link's token, 16 bytes.
    public let token: [UInt8]

    /// Claims by a token.
    public init(token: [UInt8]) { self.token = token }
    public init(decoding reader: inout WireReader) throws(WireError) {
        token = try reader.bytes(count: GatewayLimits.identifier)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(token) }
}

/// `POST /agent/v1/deactivate`: this device acts no more. Body and reply: ``Accepted``.
public enum Deactivation {
    /// The path.
    public static let path = "/agent/v1/deactivate"
}

/// `POST /agent/v1/upgrade`: a device that was activated for Cl@ve PIN alone takes Cl@ve Mòbil requests too from now on. The
/// body is an ``Accepted``, the reply a ``Grant``; again from a device that takes both, it is the same.
public enum Upgrade {
    /// The path.
    public static let path = "/agent/v1/upgrade"
}

/// `POST /agent/v1/renounce`: the person leaves Cl@ve at this gateway, who is told by their active device. Body and reply are
/// an ``Accepted``: nothing of theirs is there any more.
public enum Renunciation {
    /// The path.
    public static let path = "/agent/v1/renounce"
}
