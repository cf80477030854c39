public import Wire

/// What a key that needs a confirmation is to be used for.
public struct KeyUse: Equatable, Sendable, WireValue {
    /// What the bytes to be signed are.
    public enum Kind: UInt8, Sendable {
        /// An ssh login.
        case login = 1
        /// An SSH signature over a message or file.
        case message = 2
        /// Bytes that do not tell what they are.
        case opaque = 3
        /// A TLS 1.3 handshake.
        case certificateVerify = 4
        /// A Cl@ve challenge.
        case challenge = 5
    }
    /// The key's comment.
    public let comment: String
    /// The key's fingerprint, `SHA256:…`.
    public let fingerprint: String
    /// What it is.
    public let kind: Kind
    /// The user of a login, the namespace of a message's signature, `client` or `server` for a TLS handshake, or the
    /// relying party of a challenge.
    public let name: String
    /// The fingerprint of the host's key, where the login tells it.
    public let host: String

    /// All members.
    public init(comment: String, fingerprint: String, kind: Kind, name: String, host: String) {
        self.comment = comment
        self.fingerprint = fingerprint
        self.kind = kind
        self.name = name
        self.host = host
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        comment = try reader.text(limit: ProtocolLimits.line)
        fingerprint = try reader.text(limit: ProtocolLimits.line)
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .malformed }
        self.kind = kind
        name = try reader.text(limit: 1024)
        host = try reader.text(limit: ProtocolLimits.line)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(comment)
        writer.put(fingerprint)
        writer.put(byte: kind.rawValue)
        writer.put(name)
        writer.put(host)
    }
}
