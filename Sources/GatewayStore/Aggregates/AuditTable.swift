public import Audit

/// The audit's newest lines, chained by hashes, and how far its closed files go (`contrib/doc/AUDIT.md`). Lines are added,
/// never changed.
public struct AuditTable<Access: StoreAccess> {
    fileprivate let connection: any SQLConnection
}

extension StoreTransaction {
    /// The audit.
    public var audit: AuditTable<Access> { AuditTable(connection: connection) }
}

extension AuditTable {
    private static var columns: String { "SELECT id, at, act, subject, address, outcome, operator, hash FROM audit" }

    /// The chain's end.
    public func head() throws(StoreError) -> AuditHead {
        let last = try connection.first("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1") { row in
            AuditHead(sequence: UInt64(clamping: row.integer("id")), hash: row.text("hash"))
        }
        if let last { return last }
        return try closedHead()
    }

    /// The end of the closed files.
    public func closedHead() throws(StoreError) -> AuditHead {
        try connection.first(
            "SELECT number, last, hash FROM audit_files ORDER BY number DESC LIMIT 1", decode: AuditFile.init)?.end
            ?? .none
    }

    /// The closed files, in their order.
    public func files() throws(StoreError) -> [AuditFile] {
        try connection.rows("SELECT number, last, hash FROM audit_files ORDER BY number", decode: AuditFile.init)
    }

    /// How many lines the table has.
    public func count() throws(StoreError) -> Int {
        Int(try connection.number("SELECT count(*) AS value FROM audit"))
    }

    /// The number of the line that was written last, wherever it is.
    public func lastNumber() throws(StoreError) -> Int64 { try connection.lastNumber(of: "audit") }

    /// The table's oldest lines, in their order.
    public func oldest(_ limit: Int = .max) throws(StoreError) -> [AuditRow] {
        try connection.rows(
            "\(Self.columns) ORDER BY id LIMIT ?1", .integer(Int64(limit)), decode: AuditRow.init)
    }

    /// The table's newest lines that fit, the oldest of them first.
    ///
    /// - Parameters:
    ///   - start: not before it; seconds since 1970.
    ///   - act: of this kind; nil for all.
    ///   - subject: a starred document; nil for all.
    public func newest(
        _ limit: Int, since start: Int64, act: String?, subject: String?
    ) throws(StoreError) -> [AuditLine] {
        try connection.rows(
            """
            \(Self.columns) WHERE at >= ?1 AND (?2 IS NULL OR act = ?2) AND (?3 IS NULL OR subject = ?3)
            ORDER BY id DESC LIMIT ?4
            """, .integer(start), .text(act), .text(subject), .integer(Int64(limit))
        ) { AuditRow($0).line }.reversed()
    }

    /// The kinds of acts that it has lines of, in the order of the alphabet.
    public func acts() throws(StoreError) -> [String] {
        try connection.rows("SELECT DISTINCT act FROM audit ORDER BY act") { $0.text("act") }
    }
}

extension AuditTable<ReadWrite> {
    /// Scalars of an outcome; what is longer is cut.
    private static var outcomeLimit: Int { 400 }

    /// Adds a line behind the last.
    public func append(_ line: AuditLine) throws(StoreError) {
        var line = line
        if line.outcome.unicodeScalars.count > Self.outcomeLimit {
            let kept = line.outcome.unicodeScalars.prefix(Self.outcomeLimit)
            line.outcome = String(String.UnicodeScalarView(kept)) + "…"
        }
        let record = line.record(after: try head())
        try connection.execute(
            """
            INSERT INTO audit (id, at, act, subject, address, outcome, operator, hash)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """, .integer(Int64(clamping: record.sequence)), .integer(line.at), .text(line.act), .text(line.subject),
            .text(line.address), .text(line.outcome), .text(line.actor), .text(record.hash))
    }

    /// Notes that the lines up to one are in a closed file, and removes them from the table.
    public func close(_ file: AuditFile) throws(StoreError) {
        let end = SQLValue.integer(Int64(clamping: file.end.sequence))
        try connection.execute(
            "INSERT INTO audit_files (number, last, hash) VALUES (?1, ?2, ?3)", .integer(file.number), end,
            .text(file.end.hash))
        try connection.execute("DELETE FROM audit WHERE id <= ?1", end)
    }

    /// Chains the lines that a former version had, in their order.
    func takeOver() throws(StoreError) {
        var last: Int64 = .min
        while true {
            let rows = try connection.rows(
                """
                SELECT id, at, act, subject, address, outcome, operator, '' AS hash FROM audit_before WHERE id > ?1
                ORDER BY id LIMIT 1000
                """, .integer(last), decode: AuditRow.init)
            guard let end = rows.last else { return }
            for row in rows { try append(row.line) }
            last = end.number
        }
    }
}
