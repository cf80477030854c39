public import Wire

/// A field that the person fills in.
public struct FieldDescription: Equatable, Sendable, WireValue {
    /// What it holds; the numbers of `clave_plugin.h`.
    public enum Kind: UInt8, Sendable { case text = 1, digits = 2, secret = 3, choice = 4, file = 5 }
    /// Stable, for scripts.
    public let name: String
    /// For people.
    public let label: String
    /// Why it is asked again; may be empty.
    public let note: String
    /// What it holds.
    public let kind: Kind
    /// Shortest answer, in bytes.
    public let minimumLength: UInt32
    /// Longest answer, in bytes.
    public let maximumLength: UInt32
    /// For `.choice`.
    public let choices: [String]
    /// Whether nobody but the person may answer, and not beforehand.
    public let isPersonal: Bool
    /// Seconds that the person may take; 0 for as long as for any question.
    public let patience: UInt32
    /// The most of it.
    public static let longestPatience: UInt32 = 3600

    /// All members.
    public init(
        name: String, label: String, note: String, kind: Kind, minimumLength: UInt32, maximumLength: UInt32,
        choices: [String], isPersonal: Bool = false, patience: UInt32 = 0
    ) {
        self.name = name
        self.label = label
        self.note = note
        self.kind = kind
        self.minimumLength = minimumLength
        self.maximumLength = maximumLength
        self.choices = choices
        self.isPersonal = isPersonal
        self.patience = patience
    }

    /// The answer that a value given beforehand is; nil if it does not fit. Of a choice it may be any part that no other has,
    /// or its place: `#1` is the first.
    public func answer(givenBeforehand value: String) -> String? {
        guard !isPersonal else { return nil }
        let count = value.utf8.count
        switch kind {
        case .secret: return nil
        case .choice:
            if choices.contains(value) { return value }
            if value.hasPrefix("#"), let place = Int(value.dropFirst()), choices.indices.contains(place - 1) {
                return choices[place - 1]
            }
            let fitting = choices.filter { Self.holds($0, value) }
            return fitting.count == 1 ? fitting[0] : nil
        case .digits where !value.utf8.allSatisfy({ (0x30...0x39).contains($0) }): return nil
        case .text, .file, .digits:
            return (Int(minimumLength)...Int(maximumLength)).contains(count) ? value : nil
        }
    }

    private static func holds(_ text: String, _ part: String) -> Bool {
        let (text, part) = (Array(text.utf8), Array(part.utf8))
        return !part.isEmpty && text.indices.contains { text[$0...].starts(with: part) }
    }

    public init(decoding reader: inout WireReader) throws(WireError) {
        name = try reader.text(limit: ProtocolLimits.name)
        label = try reader.text(limit: ProtocolLimits.line)
        note = try reader.text(limit: ProtocolLimits.line)
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .malformed }
        self.kind = kind
        minimumLength = try reader.uint32()
        maximumLength = try reader.uint32()
        guard maximumLength <= ProtocolLimits.answer, minimumLength <= maximumLength else { throw .tooLong }
        choices = try reader.list(limit: ProtocolLimits.choices) { (reader) throws(WireError) in
            try reader.text(limit: ProtocolLimits.line)
        }
        isPersonal = try reader.boolean()
        patience = try reader.uint32()
        guard patience <= Self.longestPatience else { throw .malformed }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(name)
        writer.put(label)
        writer.put(note)
        writer.put(byte: kind.rawValue)
        writer.put(minimumLength)
        writer.put(maximumLength)
        writer.put(list: choices) { $0.put($1) }
        writer.put(isPersonal)
        writer.put(patience)
    }
}
