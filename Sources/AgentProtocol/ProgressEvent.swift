public import Wire

/// What happens while a request takes its time; a failure comes as an ``AgentError``.
public enum ProgressEvent<Value: WireValue & Equatable & Sendable>: WireValue, Equatable, Sendable {
    /// A line for the person, in their language if the plugin knows it.
    case progress(String)
    /// How it ended.
    case done(Value)

    public init(decoding reader: inout WireReader) throws(WireError) {
        switch try reader.byte() {
        case 1: self = .progress(try reader.text(limit: ProtocolLimits.line))
        case 2: self = .done(try Value(decoding: &reader))
        default: throw .malformed
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        switch self {
        case .progress(let text):
            writer.put(byte: 1)
            writer.put(text)
        case .done(let value):
            writer.put(byte: 2)
            value.encode(into: &writer)
        }
    }
}
