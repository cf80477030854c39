public import Audit

/// A line of the audit: what happened, to whom in part, and who did it.
public struct AuditLine: Equatable, Sendable {
    /// Seconds since 1970.
    public let at: Int64
    public let act: String
    /// A starred document, or empty.
    public let subject: String
    /// The network address that asked, or empty.
    public let address: String
    public var outcome: String
    /// Who acted on another's record: an operator's starred document, "command line", or empty.
    public let actor: String

    public init(at: Int64, act: String, subject: String, address: String, outcome: String, actor: String) {
        self.at = at
        self.act = act
        self.subject = subject
        self.address = address
        self.outcome = outcome
        self.actor = actor
    }

    /// The line of a record in a closed file.
    public init(_ record: AuditRecord) {
        func text(_ name: String) -> String {
            guard case .text(let text)? = record.entry.members.first(where: { $0.name == name })?.value else {
                return ""
            }
            return text
        }
        self.init(
            at: Int64(record.time / 1000), act: record.entry.kind, subject: text("subject"), address: text("address"),
            outcome: text("outcome"), actor: text("operator"))
    }

    /// The record of this line behind the one before (`contrib/doc/AUDIT.md`).
    public func record(after head: AuditHead) -> AuditRecord {
        AuditRecord(entry, after: head, time: milliseconds)
    }

    private var entry: AuditEntry {
        var entry = AuditEntry(act)
        entry.put("subject", subject)
        entry.put("address", address)
        entry.put("outcome", outcome)
        entry.put("operator", actor)
        return entry
    }

    /// A time beyond all that a clock has is the last one: wrapped, it could be another line's.
    private var milliseconds: UInt64 {
        let (time, isBeyond) = UInt64(clamping: at).multipliedReportingOverflow(by: 1000)
        return isBeyond ? .max : time
    }
}

/// A line as the table has it.
///
/// A row's number, time and texts may be anything that somebody wrote there. None of them ends the process; the hash or the
/// order shows which row it is.
public struct AuditRow: Equatable, Sendable {
    public let number: Int64
    public let line: AuditLine
    public let hash: String
    /// Whether each column has a value of its type: what is no text is not taken for an empty one.
    private let isOfItsTypes: Bool

    init(_ row: any SQLRow) {
        number = row.integer("id")
        line = AuditLine(
            at: row.integer("at"), act: row.text("act"), subject: row.text("subject"), address: row.text("address"),
            outcome: row.text("outcome"), actor: row.text("operator"))
        hash = row.text("hash")
        let numbers = [row.optionalInteger("id"), row.optionalInteger("at")]
        let texts = [
            row.optionalText("act"), row.optionalText("subject"), row.optionalText("address"),
            row.optionalText("outcome"), row.optionalText("operator"), row.optionalText("hash"),
        ]
        isOfItsTypes = !numbers.contains(nil) && !texts.contains(nil)
    }

    /// The record that the line makes behind the one before; nil if it is not what the row was written as.
    public func record(after head: AuditHead) -> AuditRecord? {
        let record = line.record(after: head)
        let fits = isOfItsTypes && record.hash == hash && UInt64(exactly: number) == record.sequence
        return fits ? record : nil
    }
}

/// A closed file of the audit, as the table has it.
public struct AuditFile: Equatable, Sendable {
    public let number: Int64
    /// Its last line.
    public let end: AuditHead

    public init(number: Int64, end: AuditHead) {
        self.number = number
        self.end = end
    }

    init(_ row: any SQLRow) {
        number = row.integer("number")
        end = AuditHead(sequence: UInt64(clamping: row.integer("last")), hash: row.text("hash"))
    }
}
