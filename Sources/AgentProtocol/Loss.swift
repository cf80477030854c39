public import Wire

/// What the person loses by a request, and so is asked about.
public enum Loss: Equatable, Sendable, WireValue {
    /// Identities, by their names and starred documents: at least one.
    case identities([String])
    /// A registration that was begun.
    case registration(gateway: String)
    /// That ssh sees the key of an identity's certificate.
    case sshKey(fingerprint: String)
    /// A Cl@ve Mòbil request, which is rejected.
    case request(PendingRequest)

    public init(decoding reader: inout WireReader) throws(WireError) {
        switch try reader.byte() {
        case 1:
            let names = try reader.list(limit: ProtocolLimits.list) { (reader) throws(WireError) in
                try reader.text(limit: ProtocolLimits.line)
            }
            guard !names.isEmpty else { throw .malformed }
            self = .identities(names)
        case 2: self = .registration(gateway: try reader.text(limit: ProtocolLimits.url))
        case 3: self = .sshKey(fingerprint: try reader.text(limit: ProtocolLimits.line))
        case 4: self = .request(try PendingRequest(decoding: &reader))
        default: throw .malformed
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        switch self {
        case .identities(let names):
            writer.put(byte: 1)
            writer.put(list: names) { $0.put($1) }
        case .registration(let gateway):
            writer.put(byte: 2)
            writer.put(gateway)
        case .sshKey(let fingerprint):
            writer.put(byte: 3)
            writer.put(fingerprint)
        case .request(let request):
            writer.put(byte: 4)
            request.encode(into: &writer)
        }
    }
}
