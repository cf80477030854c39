public import Wire

/// Sets whether ssh sees the key of an identity's certificate among the agent's keys; the person is asked about each use.
public struct SSHRequest: AgentExtension, Equatable {
    public typealias Reply = SSHReply
    public static let name = "ssh@clave-agent.internal"
    /// Whose; nil where only one identity with a certificate is active.
    public let identity: Identifier?
    /// From now on, also after the agent's next start.
    public let isServed: Bool

    /// All members.
    public init(identity: Identifier?, isServed: Bool) {
        self.identity = identity
        self.isServed = isServed
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identity = try reader.boolean() ? Identifier(decoding: &reader) : nil
        isServed = try reader.boolean()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(identity != nil)
        identity?.encode(into: &writer)
        writer.put(isServed)
    }
}

/// The key that ssh sees.
public struct SSHReply: WireValue, Equatable, Sendable {
    /// As an SSH blob (RFC 4253 section 6.6, RFC 5656 section 3.1).
    public let publicKey: [UInt8]
    /// What the key is called in the agent's list.
    public let comment: String

    /// Both members.
    public init(publicKey: [UInt8], comment: String) {
        self.publicKey = publicKey
        self.comment = comment
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        publicKey = try reader.bytes(limit: ProtocolLimits.keyBlob)
        comment = try reader.text(limit: ProtocolLimits.line)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(publicKey)
        writer.put(comment)
    }
}
