public import SecureMemory
public import Wire

/// Core → `clave-sk-helper`: make one signature with a key on a FIDO token; answered by ``ProviderSigned`` with the
/// number 0. The helper ends then.
public struct SecurityKeySign: ~Copyable, WireMessage, Sendable {
    public static var type: UInt8 { 148 }
    /// The library that speaks with the token, by its real path; empty for libfido2.
    public let provider: String
    /// The plain public key, as a blob of the SSH protocol.
    public let key: [UInt8]
    /// What the key asks of the person at each signature.
    public let flags: UInt8
    /// By what the token finds the key.
    public let handle: SecretBytes
    public let data: [UInt8]
    /// What the person typed for this signature; empty for none.
    public let pin: SecretBytes

    /// All members.
    public init(
        provider: String, key: [UInt8], flags: UInt8, handle: consuming SecretBytes, data: [UInt8],
        pin: consuming SecretBytes
    ) {
        self.provider = provider
        self.key = key
        self.flags = flags
        self.handle = handle
        self.data = data
        self.pin = pin
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        let provider = try reader.text(limit: ProtocolLimits.path)
        let key = try reader.bytes(limit: ProtocolLimits.securityKeyBlob)
        let flags = try reader.byte()
        let handle = try reader.secret(limit: ProtocolLimits.answer)
        let data = try reader.bytes(limit: ProtocolLimits.tokenContent)
        self.init(
            provider: provider, key: key, flags: flags, handle: handle, data: data,
            pin: try reader.secret(limit: ProtocolLimits.answer))
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(provider)
        writer.put(key)
        writer.put(byte: flags)
        writer.put(handle)
        writer.put(data)
        writer.put(pin)
    }
}

/// For which use the person types a FIDO token's PIN, and why.
public struct SecurityKeyPIN: Equatable, Sendable, WireValue {
    /// What the key is to be used for.
    public let use: KeyUse
    /// The PIN typed last was wrong.
    public let wasWrong: Bool
    /// The token waits to be touched afterwards.
    public let needsTouch: Bool

    /// All members.
    public init(use: KeyUse, wasWrong: Bool, needsTouch: Bool) {
        self.use = use
        self.wasWrong = wasWrong
        self.needsTouch = needsTouch
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        use = try KeyUse(decoding: &reader)
        wasWrong = try reader.boolean()
        needsTouch = try reader.boolean()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        use.encode(into: &writer)
        writer.put(wasWrong)
        writer.put(needsTouch)
    }
}
