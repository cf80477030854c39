public import SecureMemory
public import Wire

/// Message numbers of the agent socket (RFC 9987 section 8.1).
public enum AgentMessageType {
    /// `SSH_AGENT_FAILURE`
    public static let failure: UInt8 = 5
    /// `SSH_AGENT_SUCCESS`
    public static let success: UInt8 = 6
    /// `SSH_AGENTC_REQUEST_IDENTITIES`
    public static let requestIdentities: UInt8 = 11
    /// `SSH_AGENT_IDENTITIES_ANSWER`
    public static let identitiesAnswer: UInt8 = 12
    /// `SSH_AGENTC_EXTENSION`
    public static let `extension`: UInt8 = 27
    /// `SSH_AGENT_EXTENSION_FAILURE`
    public static let extensionFailure: UInt8 = 28
    /// `SSH_AGENT_EXTENSION_RESPONSE`
    public static let extensionResponse: UInt8 = 29
}

/// A value with a wire encoding.
public protocol WireValue: ~Copyable {
    /// Reads the value.
    init(decoding reader: inout WireReader) throws(WireError)
    /// Writes the value.
    func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer)
}

/// A request of Cl@ve's on the agent socket: an extension message (RFC 9987 section 5.8) with a reply of its own type.
public protocol AgentExtension: WireValue, Sendable {
    /// What the agent answers when it did what was asked.
    associatedtype Reply: WireValue
    /// The extension's name, `…@clave-agent.internal`.
    static var name: String { get }
}

/// A reply that says nothing but "done".
public struct Done: WireValue, Equatable, Sendable {
    /// Done.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

extension AgentExtension {
    /// The whole request frame.
    public func frame() -> [UInt8] {
        var payload = ByteWriter()
        payload.put(byte: AgentMessageType.extension)
        payload.put(Self.name)
        encode(into: &payload)
        var frame = ByteWriter()
        frame.put(payload.bytes)
        return frame.bytes
    }
}

/// Replies to Cl@ve's requests: `byte 29, string name, boolean done, Reply` or `…, boolean false, uint32 code, string detail`.
public enum AgentReply {
    /// The whole frame of a reply without a secret.
    public static func frame<Request: AgentExtension>(to request: Request.Type, _ reply: Request.Reply) -> [UInt8] {
        var payload = ByteWriter()
        begin(&payload, Request.name, done: true)
        reply.encode(into: &payload)
        return framed(payload.bytes)
    }

    /// The whole frame of a reply that carries a secret.
    public static func secretFrame<Request: AgentExtension>(
        to request: Request.Type, _ reply: Request.Reply
    ) -> SecretBytes {
        var payload = SecretWriter()
        begin(&payload, Request.name, done: true)
        reply.encode(into: &payload)
        let body = payload.finish()
        var frame = SecretWriter()
        frame.put(body)
        return frame.finish()
    }

    /// The whole frame of a refusal.
    public static func frame(refusing name: String, _ error: AgentError) -> [UInt8] {
        var payload = ByteWriter()
        begin(&payload, name, done: false)
        error.encode(into: &payload)
        return framed(payload.bytes)
    }

    /// Reads a reply's payload.
    ///
    /// - Throws: ``AgentError`` that the agent sent, or `.unsupported` where it does not know the request, or
    ///   ``WireError``.
    public static func decode<Request: AgentExtension>(
        _ payload: RawSpan, to request: Request.Type
    ) throws -> Request.Reply {
        var refusal: AgentError?
        let reply = try WireReader.read(payload) { (reader) throws(WireError) -> Request.Reply? in
            switch try reader.byte() {
            case AgentMessageType.extensionResponse: break
            case AgentMessageType.failure, AgentMessageType.extensionFailure:
                refusal = AgentError(.unsupported)
                return nil
            default: throw .malformed
            }
            guard try reader.text(limit: ProtocolLimits.extensionName) == Request.name else { throw .malformed }
            guard try reader.boolean() else {
                refusal = try AgentError(decoding: &reader)
                return nil
            }
            return try Request.Reply(decoding: &reader)
        }
        if let refusal { throw refusal }
        guard let reply else { throw WireError.malformed }
        return reply
    }

    private static func begin<Writer: WireWriter & ~Copyable>(_ writer: inout Writer, _ name: String, done: Bool) {
        writer.put(byte: AgentMessageType.extensionResponse)
        writer.put(name)
        writer.put(done)
    }

    private static func framed(_ payload: [UInt8]) -> [UInt8] {
        var frame = ByteWriter()
        frame.put(payload)
        return frame.bytes
    }
}
