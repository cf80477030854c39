public import Wire

/// What a signature by an identity is to be used for, as a question shows it.
public struct SignatureUse: Equatable, Sendable, WireValue {
    /// What is signed.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case challenge = 1
        case message = 2
        case login = 3
        case tlsClient = 4
        case tlsServer = 5
        /// Bytes that do not tell what they are.
        case opaque = 6
        /// A document, by the key of a certificate (CMS, CAdES).
        case document = 7
        /// A JSON Web Signature, by the key of a certificate.
        case webToken = 8
    }
    /// What it is.
    public let kind: Kind
    /// The relying party of a challenge, as the program claims; else empty.
    public let relyingParty: String
    /// The purpose of a challenge as the program claims, the namespace of a message, the user of a login; else empty.
    public let name: String
    /// The fingerprint of the host's key, where a login tells it; else empty.
    public let host: String
    /// The digest of the content, `sha512:…`; of a batch that of ``batchText(_:)``.
    public let digest: String
    /// Bytes of the content; nil where the program gave its digest only.
    public let size: UInt64?
    /// The whole content, if it is a short text; else empty.
    public let text: String
    /// Of a batch: all that is signed; size and text tell nothing then.
    public let batch: [Part]
    /// Issuer and last day of the certificate whose key is to sign; empty for the identity's own key.
    public let certificate: String
    /// Bytes of ``certificate``.
    public static let longestCertificate = 2 * ProtocolLimits.line
    /// Whether the key is one whose signatures bind as those by hand do.
    public let isBinding: Bool
    /// Whether the key is on a card or another token, which is to be there.
    public let isOnToken: Bool

    /// One of the contents of a batch.
    public struct Part: Equatable, Sendable {
        /// As the program claims; may be empty.
        public let name: String
        /// `sha256:…`.
        public let digest: String

        /// Both members.
        public init(name: String, digest: String) {
            self.name = name
            self.digest = digest
        }
    }

    /// What a batch's digest is over: the contents' digests in their order, a line each. A tool can tell it too.
    public static func batchText(_ digests: [String]) -> String { digests.map { $0 + "\n" }.joined() }

    /// All members.
    public init(
        kind: Kind, relyingParty: String = "", name: String = "", host: String = "", digest: String, size: UInt64?,
        text: String = "", batch: [Part] = [], certificate: String = "", isBinding: Bool = false,
        isOnToken: Bool = false
    ) {
        self.kind = kind
        self.relyingParty = relyingParty
        self.name = name
        self.host = host
        self.digest = digest
        self.size = size
        self.text = text
        self.batch = batch
        self.certificate = certificate
        self.isBinding = isBinding
        self.isOnToken = isOnToken
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .malformed }
        self.kind = kind
        relyingParty = try reader.text(limit: ProtocolLimits.line)
        name = try reader.text(limit: 1024)
        host = try reader.text(limit: ProtocolLimits.line)
        digest = try reader.text(limit: ProtocolLimits.line)
        size = try reader.boolean() ? reader.uint64() : nil
        text = try reader.text(limit: ProtocolLimits.line)
        batch = try reader.list(limit: ProtocolLimits.batch) { (reader) throws(WireError) in
            Part(
                name: try reader.text(limit: ProtocolLimits.line), digest: try reader.text(limit: ProtocolLimits.line))
        }
        certificate = try reader.text(limit: Self.longestCertificate)
        isBinding = try reader.boolean()
        isOnToken = try reader.boolean()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(byte: kind.rawValue)
        writer.put(relyingParty)
        writer.put(name)
        writer.put(host)
        writer.put(digest)
        writer.put(size != nil)
        if let size { writer.put(size) }
        writer.put(text)
        writer.put(list: batch) { writer, part in
            writer.put(part.name)
            writer.put(part.digest)
        }
        writer.put(certificate)
        writer.put(isBinding)
        writer.put(isOnToken)
    }
}
