public import Wire

/// How the link knows the right gateway.
public struct GatewayTrust: Equatable, Sendable, WireValue {
    /// `https://host:port`, no path.
    public let origin: String
    /// Certificates in PEM that vouch for it; empty for the system's.
    public let certificates: [UInt8]
    /// Public-key pin in libcurl's form, `sha256//…;sha256//…`; empty before it is learned.
    public let pin: String

    /// All members.
    public init(origin: String, certificates: [UInt8], pin: String) {
        self.origin = origin
        self.certificates = certificates
        self.pin = pin
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        origin = try reader.text(limit: ProtocolLimits.url)
        certificates = try reader.bytes(limit: ProtocolLimits.certificates)
        pin = try reader.text(limit: ProtocolLimits.line)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(origin)
        writer.put(certificates)
        writer.put(pin)
    }
}
