public import SignedForms
public import Wire

/// Asks for the certificates of an identity; nobody is asked.
public struct CertificatesRequest: AgentExtension, Equatable {
    public typealias Reply = CertificatesReply
    public static let name = "certificates@clave-agent.internal"
    /// Whose; nil where only one identity with a certificate is active.
    public let identity: Identifier?
    /// Of which of its keys.
    public let use: CredentialUse

    /// Asks for an identity's.
    public init(identity: Identifier?, use: CredentialUse) {
        self.identity = identity
        self.use = use
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identity = try reader.boolean() ? Identifier(decoding: &reader) : nil
        use = try CredentialUse(decoding: &reader)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(identity != nil)
        identity?.encode(into: &writer)
        use.encode(into: &writer)
    }
}

/// The certificates of an identity, and how its key signs.
public struct CertificatesReply: WireValue, Equatable, Sendable {
    /// Whose.
    public let identity: Identifier
    /// The ways in which the key signs, the usual one first.
    public let schemes: [SignatureScheme]
    /// In DER: the certificate, and those of its issuers.
    public let certificates: [[UInt8]]
    public let info: CredentialInfo

    /// All members.
    public init(identity: Identifier, schemes: [SignatureScheme], certificates: [[UInt8]], info: CredentialInfo) {
        self.identity = identity
        self.schemes = schemes
        self.certificates = certificates
        self.info = info
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identity = try Identifier(decoding: &reader)
        schemes = try reader.list(limit: SignatureScheme.allCases.count) { (reader) throws(WireError) in
            guard let scheme = SignatureScheme(rawValue: try reader.text(limit: ProtocolLimits.name)) else {
                throw .malformed
            }
            return scheme
        }
        certificates = try reader.certificates()
        info = try CredentialInfo(decoding: &reader)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        identity.encode(into: &writer)
        writer.put(list: schemes) { $0.put($1.rawValue) }
        writer.put(certificates: certificates)
        info.encode(into: &writer)
    }
}
