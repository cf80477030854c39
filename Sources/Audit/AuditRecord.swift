import SecureMemory

/// The end of the chain so far.
public struct AuditHead: Equatable, Sendable {
    /// The last record's number; 0 before the first.
    public let sequence: UInt64
    /// The last record's hash, 64 hexadecimal digits; zeros before the first.
    public let hash: String

    /// An end that is remembered.
    public init(sequence: UInt64, hash: String) {
        self.sequence = sequence
        self.hash = hash
    }

    /// Before the first record.
    public static let none = AuditHead(sequence: 0, hash: String(repeating: "0", count: 64))
}

/// A record in its place of the chain: one line of the log (`contrib/doc/AUDIT.md`).
///
/// The hash is SHA-256 over the line's bytes before `,"hash"`, which hold the hash of the record before. It is over the
/// bytes as they lie in the file, so that no two readers can differ about a canonical form.
public struct AuditRecord: Equatable, Sendable {
    static let hashMark = Array(",\"hash\":\"".utf8)
    static let hashLength = 64

    /// Of the log, from 1.
    public let sequence: UInt64
    /// Milliseconds since 1970, by this machine's clock.
    public let time: UInt64
    /// The hash of the record before.
    public let previous: String
    /// What has happened.
    public let entry: AuditEntry
    /// This record's hash.
    public let hash: String
    /// The record as it lies in the file, without the line feed.
    public let line: [UInt8]

    /// The chain's end once this record is written.
    public var head: AuditHead { AuditHead(sequence: sequence, hash: hash) }

    /// The record that follows `head`. After the largest number, which only a forged log can have, comes 0: no reader
    /// accepts it.
    public init(_ entry: AuditEntry, after head: AuditHead, time: UInt64) {
        var text = AuditText()
        text.put("sequence", .number(head.sequence &+ 1))
        text.put("time", .number(time))
        text.put("previous", .text(head.hash))
        text.put("kind", .text(entry.kind))
        for member in entry.members.prefix(AuditLimits.members) { text.put(member.name, member.value) }
        let hash = Self.hexadecimal(unsafe sha256(text.bytes.span.bytes))
        sequence = head.sequence &+ 1
        self.time = time
        previous = head.hash
        self.entry = entry
        self.hash = hash
        line = text.bytes + Self.hashMark + Array(hash.utf8) + Array("\"}".utf8)
    }

    /// The record of a line; nil if the line is none, or its hash is not the one of its bytes.
    init?(line: [UInt8]) {
        let tail = Self.hashMark.count + Self.hashLength + 2
        guard line.count > tail, line.count <= AuditLimits.line else { return nil }
        let hashed = Array(line.dropLast(tail))
        let rest = Array(line.suffix(tail))
        let hash = Self.hexadecimal(unsafe sha256(hashed.span.bytes))
        guard rest == Self.hashMark + Array(hash.utf8) + Array("\"}".utf8),
            let members = AuditText.members(of: hashed), members.count >= 4,
            case .number(let sequence) = members[0].value, members[0].name == "sequence", sequence > 0,
            case .number(let time) = members[1].value, members[1].name == "time",
            case .text(let previous) = members[2].value, members[2].name == "previous",
            case .text(let kind) = members[3].value, members[3].name == "kind"
        else { return nil }
        self.sequence = sequence
        self.time = time
        self.previous = previous
        self.hash = hash
        self.line = line
        entry = AuditEntry(kind, Array(members.dropFirst(4)))
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
