public import Wire

/// An SSH connection over which an agent's connection is used, as the ssh client told it
/// (OpenSSH `PROTOCOL.agent`, `session-bind@openssh.com`).
public struct SessionBinding: Equatable, Sendable {
    /// The extension's name.
    public static let name = "session-bind@openssh.com"

    /// The key with which the host proved who it is.
    public let hostKey: PublicKey
    /// The SSH connection's identifier (RFC 4253 section 7.2).
    public let session: [UInt8]
    /// The agent is forwarded to that host; else it is used to log in there.
    public let isForwarding: Bool
    private let signature: [UInt8]

    public init(decoding reader: inout WireReader) throws(WireError) {
        hostKey = try PublicKey(blob: try reader.bytes(limit: KeyLimits.blob))
        session = try reader.bytes(limit: 128)
        signature = try reader.bytes(limit: KeyLimits.signature)
        isForwarding = try reader.boolean()
    }

    /// Whether the host signed the session's identifier: without that, anybody could claim any host.
    public var isProven: Bool { !session.isEmpty && hostKey.isValid(signature, of: session) }
}
