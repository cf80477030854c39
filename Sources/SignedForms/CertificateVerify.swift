/// What a peer of a TLS 1.3 connection signs to prove that it holds its certificate's key (RFC 8446 section 4.4.3).
public struct CertificateVerify: Equatable, Sendable {
    /// Whose signature it is.
    public enum Role: String, Sendable, CaseIterable { case client, server }

    /// The first bytes of every one.
    public static let padding = [UInt8](repeating: 0x20, count: 64)

    /// Whose it is.
    public let role: Role
    /// Of the handshake: 32 or 48 bytes.
    public let transcriptHash: [UInt8]

    /// Reads the bytes that are signed; nil if they are nothing of the kind.
    public init?(signedBytes bytes: [UInt8]) {
        guard bytes.starts(with: Self.padding) else { return nil }
        let rest = bytes.dropFirst(Self.padding.count)
        for role in Role.allCases {
            let context = Array("TLS 1.3, \(role.rawValue) CertificateVerify".utf8) + [0]
            guard rest.starts(with: context) else { continue }
            let hash = Array(rest.dropFirst(context.count))
            guard hash.count == 32 || hash.count == 48 else { return nil }
            self.role = role
            transcriptHash = hash
            return
        }
        return nil
    }
}
