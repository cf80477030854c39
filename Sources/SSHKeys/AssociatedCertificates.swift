import Wire

/// Certificates that are to be held with the keys of a token, which has only the keys themselves
/// (OpenSSH `PROTOCOL.agent`, `associated-certs-v00@openssh.com`).
public struct AssociatedCertificates: Equatable, Sendable {
    /// The constraint's name in an add message.
    static let name = "associated-certs-v00@openssh.com"
    /// Certificates of one message, as OpenSSH has it.
    private static let maximumCount = 1024

    /// Only the certificates are held, not the plain keys.
    public let isExclusive: Bool
    private let certificates: [PublicKey]

    init(decoding reader: inout WireReader) throws(WireError) {
        isExclusive = try reader.boolean()
        let list = try reader.bytes(limit: 262_144)
        certificates = try WireReader.read(list) { (reader) throws(WireError) in
            var certificates: [PublicKey] = []
            while reader.remaining > 0 {
                guard certificates.count < Self.maximumCount else { throw .tooLong }
                let key = try PublicKey(blob: try reader.bytes(limit: KeyLimits.blob))
                // A plain key among them certifies nothing: OpenSSH's agent passes over it as well.
                if key.certificate != nil { certificates.append(key) }
            }
            return certificates
        }
    }

    /// The certificates of a key.
    public func certificates(of key: PublicKey) -> [PublicKey] {
        certificates.filter { $0.plain.blob == key.plain.blob }
    }
}
