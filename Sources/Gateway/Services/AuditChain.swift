import Audit

/// The audit's chain: each line has the hash of its record, which holds the hash of the line before (`contrib/doc/AUDIT.md`).
///
/// The newest lines are rows of the database, written with what they tell of; older ones are in closed files, whose format
/// is the one of the agent's log.
///
/// A row's numbers and times may be anything that somebody wrote there. None of them ends the process; the hash or the order
/// shows which row it is.
enum AuditChain {
    /// Scalars of an outcome; what is longer is cut.
    private static let outcomeLimit = 400

    static let columns = "SELECT id, at, act, subject, address, outcome, operator, hash FROM audit"

    /// Adds a line behind the last, in the caller's write.
    static func append(_ database: Database, _ line: GatewayServices.AuditLine) throws(StoreError) {
        var line = line
        if line.outcome.unicodeScalars.count > outcomeLimit {
            line.outcome = String(String.UnicodeScalarView(line.outcome.unicodeScalars.prefix(outcomeLimit))) + "…"
        }
        let record = AuditRecord(entry(line), after: try head(database), time: time(line))
        try database.run(
            """
            INSERT INTO audit (id, at, act, subject, address, outcome, operator, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, .integer(Int64(clamping: record.sequence)), .integer(line.at), .text(line.act), .text(line.subject),
            .text(line.address), .text(line.outcome), .text(line.actor), .text(record.hash))
    }

    /// Chains the lines that a former version had, in their order.
    static func take(over database: Database) throws(StoreError) {
        var last: Int64 = .min
        while true {
            let rows = try database.run(
                """
                SELECT id, at, act, subject, address, outcome, operator FROM audit_before WHERE id > ?
                ORDER BY id LIMIT 1000
                """, .integer(last))
            guard let end = rows.last else { break }
            for row in rows { try append(database, line(row)) }
            last = end.integer(0)
        }
        try database.runScript("DROP TABLE audit_before")
    }

    // MARK: Rows and records

    /// The chain's end.
    static func head(_ database: Database) throws(StoreError) -> AuditHead {
        let row = try database.run("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").first
        guard let row else { return try closedHead(database) }
        return AuditHead(sequence: UInt64(clamping: row.integer(0)), hash: row.text(1))
    }

    /// The end of the closed files.
    static func closedHead(_ database: Database) throws(StoreError) -> AuditHead {
        let row = try database.run("SELECT last, hash FROM audit_files ORDER BY number DESC LIMIT 1").first
        return row.map { AuditHead(sequence: UInt64(clamping: $0.integer(0)), hash: $0.text(1)) } ?? .none
    }

    /// A row of ``columns``.
    static func line(_ row: [Value]) -> GatewayServices.AuditLine {
        GatewayServices.AuditLine(
            at: row.integer(1), act: row.text(2), subject: row.text(3), address: row.text(4), outcome: row.text(5),
            actor: row.text(6))
    }

    /// The line of a record in a closed file.
    static func line(_ record: AuditRecord) -> GatewayServices.AuditLine {
        func text(_ name: String) -> String {
            guard case .text(let text)? = record.entry.members.first(where: { $0.name == name })?.value else {
                return ""
            }
            return text
        }
        return GatewayServices.AuditLine(
            at: Int64(record.time / 1000), act: record.entry.kind, subject: text("subject"), address: text("address"),
            outcome: text("outcome"), actor: text("operator"))
    }

    /// The record of a row behind the one before.
    static func record(_ row: [Value], after head: AuditHead) -> AuditRecord {
        let line = line(row)
        return AuditRecord(entry(line), after: head, time: time(line))
    }

    private static func entry(_ line: GatewayServices.AuditLine) -> AuditEntry {
        var entry = AuditEntry(line.act)
        entry.put("subject", line.subject)
        entry.put("address", line.address)
        entry.put("outcome", line.outcome)
        entry.put("operator", line.actor)
        return entry
    }

    /// Milliseconds. A time beyond all that a clock has is the last one: wrapped, it could be another line's.
    private static func time(_ line: GatewayServices.AuditLine) -> UInt64 {
        let (time, isBeyond) = UInt64(clamping: line.at).multipliedReportingOverflow(by: 1000)
        return isBeyond ? .max : time
    }
}
