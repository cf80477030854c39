public import SecureMemory
public import Wire

/// Core → plugin host: load a plugin and run its `list`.
public struct PluginList: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 128 }
    /// The plugin's name.
    public let plugin: String
    /// The person's locale.
    public let locale: String

    /// All members.
    public init(plugin: String, locale: String) {
        self.plugin = plugin
        self.locale = locale
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        plugin = try reader.text(limit: ProtocolLimits.name)
        locale = try reader.text(limit: ProtocolLimits.locale)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(plugin)
        writer.put(locale)
    }
}

/// Core → plugin host: load a plugin and run its `sign`.
public struct PluginSign: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 129 }
    /// The plugin's name.
    public let plugin: String
    /// The key's.
    public let reference: String
    /// The person's locale.
    public let locale: String
    /// By the names of RFC 7518 section 3.1 and RFC 8037 section 3.1.
    public let algorithm: String
    /// What the algorithm signs: one digest or several, one behind the other; for `EdDSA` messages, each behind its length.
    public let data: [UInt8]

    /// All members.
    public init(plugin: String, reference: String, locale: String, algorithm: String, data: [UInt8]) {
        self.plugin = plugin
        self.reference = reference
        self.locale = locale
        self.algorithm = algorithm
        self.data = data
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        plugin = try reader.text(limit: ProtocolLimits.name)
        reference = try reader.text(limit: ProtocolLimits.reference)
        locale = try reader.text(limit: ProtocolLimits.locale)
        algorithm = try reader.text(limit: ProtocolLimits.name)
        data = try reader.bytes(limit: ProtocolLimits.tokenBatch)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(plugin)
        writer.put(reference)
        writer.put(locale)
        writer.put(algorithm)
        writer.put(data)
    }
}

/// Plugin host → core: a credential that the plugin sees.
public struct PluginFound: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 145 }
    public let credential: CredentialInfo

    /// A credential.
    public init(credential: CredentialInfo) { self.credential = credential }
    public init(decoding reader: inout WireReader) throws(WireError) {
        credential = try CredentialInfo(decoding: &reader)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { credential.encode(into: &writer) }
}

/// Plugin host → core: what an activation leaves behind; sent before ``PluginDone``, once for each use.
public struct PluginCredential: ~Copyable, WireMessage, Sendable {
    public static var type: UInt8 { 146 }
    /// What the key is for.
    public let use: CredentialUse
    /// The private key, as RFC 9987 section 5.2 writes one; empty for a key that stays on its token.
    public let key: SecretBytes
    /// The public key's blob.
    public let publicKey: [UInt8]
    /// In DER: its certificate, and those of its issuers.
    public let certificates: [[UInt8]]
    public let info: CredentialInfo

    /// All members.
    public init(
        use: CredentialUse, key: consuming SecretBytes, publicKey: [UInt8], certificates: [[UInt8]],
        info: CredentialInfo
    ) {
        self.use = use
        self.key = key
        self.publicKey = publicKey
        self.certificates = certificates
        self.info = info
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        let use = try CredentialUse(decoding: &reader)
        let key = try reader.secret(limit: ProtocolLimits.answer)
        let publicKey = try reader.bytes(limit: ProtocolLimits.keyBlob)
        let certificates = try reader.certificates()
        self.init(
            use: use, key: key, publicKey: publicKey, certificates: certificates,
            info: try CredentialInfo(decoding: &reader))
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        use.encode(into: &writer)
        writer.put(key)
        writer.put(publicKey)
        writer.put(certificates: certificates)
        info.encode(into: &writer)
    }
}

/// Plugin host → core: a signature for each digest; sent before ``PluginDone``, once.
public struct PluginSigned: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 147 }
    /// One behind the other, each as long as the modulus, or `r ‖ s`.
    public let signatures: [UInt8]

    /// Signatures.
    public init(signatures: [UInt8]) { self.signatures = signatures }
    public init(decoding reader: inout WireReader) throws(WireError) {
        signatures = try reader.bytes(limit: ProtocolLimits.batch * ProtocolLimits.signatureBlob)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(signatures) }
}

/// Plugin host → core: from what a registration goes on another day; sent before ``PluginDone``, once.
public struct PluginPending: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 153 }
    /// What the plugin is given then; it may hold what the person typed, but no secret.
    public let reference: String
    /// The path of a page at the gateway; empty for none.
    public let page: String
    /// Seconds since 1970; 0 for any time.
    public let due: UInt64

    /// All members.
    public init(reference: String, page: String, due: UInt64) {
        self.reference = reference
        self.page = page
        self.due = due
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        reference = try reader.text(limit: ProtocolLimits.reference)
        page = try reader.text(limit: ProtocolLimits.line)
        due = try reader.uint64()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(reference)
        writer.put(page)
        writer.put(due)
    }
}

extension WireReader {
    /// A certificate and those of its issuers, in DER: at most ``ProtocolLimits/chain``, and no longer than a record may be.
    public mutating func certificates() throws(WireError) -> [[UInt8]] {
        let all = try list(limit: ProtocolLimits.chain) { (reader) throws(WireError) in
            try reader.bytes(limit: ProtocolLimits.certificateChain)
        }
        guard all.reduce(0, { $0 + $1.count }) <= ProtocolLimits.certificateChain else { throw .malformed }
        return all
    }
}

extension WireWriter where Self: ~Copyable {
    /// Writes what ``WireReader/certificates()`` reads.
    public mutating func put(certificates: [[UInt8]]) { put(list: certificates) { $0.put($1) } }
}
