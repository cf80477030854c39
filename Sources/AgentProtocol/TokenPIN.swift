public import Wire

/// Which key of a token's the person types a PIN for, and why.
public struct TokenPIN: Equatable, Sendable, WireValue {
    /// What the token calls itself.
    public let token: String
    /// What the key is to be used for.
    public let use: KeyUse
    /// The PIN typed last was wrong.
    public let wasWrong: Bool

    /// All members.
    public init(token: String, use: KeyUse, wasWrong: Bool) {
        self.token = token
        self.use = use
        self.wasWrong = wasWrong
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        token = try reader.text(limit: ProtocolLimits.line)
        use = try KeyUse(decoding: &reader)
        wasWrong = try reader.boolean()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(token)
        use.encode(into: &writer)
        writer.put(wasWrong)
    }
}
