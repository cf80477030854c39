public import SignedForms
public import Wire

/// Brings content that is too long for one request, in parts on one connection, for the ``CertificateSignRequest`` that
/// follows there: the agent looks at all of it, and keeps its digest.
public struct ContentRequest: AgentExtension, Equatable {
    public typealias Reply = ContentReply
    public static let name = "content@clave-agent.internal"

    /// Whether it is the first part; what came before is forgotten then.
    public let isFirst: Bool
    /// The digest that is wanted; the same in each part.
    public let algorithm: MessageDigest.Algorithm
    public let bytes: [UInt8]

    /// All members.
    public init(isFirst: Bool, algorithm: MessageDigest.Algorithm, bytes: [UInt8]) {
        self.isFirst = isFirst
        self.algorithm = algorithm
        self.bytes = bytes
    }

    public init(decoding reader: inout WireReader) throws(WireError) {
        isFirst = try reader.boolean()
        guard let algorithm = MessageDigest.Algorithm(rawValue: try reader.text(limit: ProtocolLimits.name)) else {
            throw .malformed
        }
        self.algorithm = algorithm
        bytes = try reader.bytes(limit: ProtocolLimits.signedContent)
    }

    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(isFirst)
        writer.put(algorithm.rawValue)
        writer.put(bytes)
    }
}

/// How much content the agent has.
public struct ContentReply: WireValue, Equatable, Sendable {
    /// Bytes of all parts so far.
    public let count: UInt64

    /// A count.
    public init(count: UInt64) { self.count = count }

    public init(decoding reader: inout WireReader) throws(WireError) { count = try reader.uint64() }

    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(count) }
}
