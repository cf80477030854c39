import SecureMemory

/// Reads server-sent events (WHATWG HTML, section 9.2) as they come in, in any pieces.
struct EventStreamParser {
    /// What a stream says.
    enum Item: Equatable {
        case event(sequence: UInt64, data: [UInt8])
        /// The server asks for this many milliseconds before a reconnection.
        case retry(UInt64)
    }

    /// The stream can't be what it should be.
    struct Malformed: Error, Equatable {}

    /// Bytes of a line.
    static let maximumLine = 96 * 1024
    /// Bytes of an event's data, decoded.
    static let maximumData = 64 * 1024

    private var line: [UInt8] = []
    private var sequence: UInt64?
    private var data = ""
    private var skipsLineFeed = false

    init() {}

    /// Takes a piece; gives the items that it completes.
    mutating func take(_ bytes: some Sequence<UInt8>) throws(Malformed) -> [Item] {
        var items: [Item] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n"), skipsLineFeed {
                skipsLineFeed = false
                continue
            }
            skipsLineFeed = byte == UInt8(ascii: "\r")
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
                guard line.count < Self.maximumLine else { throw Malformed() }
                line.append(byte)
                continue
            }
            if let item = try endLine() { items.append(item) }
        }
        return items
    }

    private mutating func endLine() throws(Malformed) -> Item? {
        defer { line = [] }
        if line.isEmpty { return try endEvent() }
        guard let text = String(validating: line, as: UTF8.self) else { throw Malformed() }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var value = parts.count > 1 ? parts[1] : ""
        if value.first == " " { value.removeFirst() }
        switch parts[0] {
        case "id": sequence = UInt64(value)
        case "data":
            guard data.utf8.count + value.utf8.count <= Self.maximumLine * 2 else { throw Malformed() }
            data += value
        case "retry": return UInt64(value).map { .retry($0) }
        default: break
        }
        return nil
    }

    private mutating func endEvent() throws(Malformed) -> Item? {
        defer {
            data = ""
            sequence = nil
        }
        guard !data.isEmpty else { return nil }
        guard let sequence, let decoded = bytes(base64: data, limit: Self.maximumData) else { throw Malformed() }
        return .event(sequence: sequence, data: decoded)
    }
}
