import Audit
import Posix

/// Closing the audit's older lines into files, and checking the chain over files and rows.
extension GatewayServices {
    /// Lines that the database keeps, and lines of a closed file.
    static let auditLinesKept = 20_000
    static let auditLinesOfFile = 20_000

    /// Why the audit could not be closed.
    struct AuditBreak: Error, CustomStringConvertible {
        let description: String
    }

    /// Moves the oldest lines into closed files, as long as there are more than the database keeps.
    ///
    /// A file is on the disk before its lines leave the database; one that a kill has left half done is written again.
    ///
    /// - Throws: ``AuditBreak`` where the chain is broken: then nothing is moved that could hide it.
    func closeAudit(
        keeping kept: Int = GatewayServices.auditLinesKept, lines: Int = GatewayServices.auditLinesOfFile
    ) throws {
        guard let folder = settings.auditFolder else { return }
        while let (number, bytes, end) = try oldestLines(keeping: kept, lines: lines) {
            try Files.makeFolder(folder)
            try Files.replace("\(folder)/audit.log.\(number)", with: bytes)
            try store.write { (database) throws(StoreError) in
                try database.run(
                    "INSERT INTO audit_files (number, last, hash) VALUES (?, ?, ?)", .integer(number),
                    .integer(Int64(end.sequence)), .text(end.hash))
                try database.run("DELETE FROM audit WHERE id <= ?", .integer(Int64(end.sequence)))
            }
        }
    }

    /// The next file's number and bytes, and the chain's end in it; nil if there are not enough lines for one.
    private func oldestLines(keeping kept: Int, lines: Int) throws -> (Int64, [UInt8], AuditHead)? {
        let (rows, before, number) = try store.read { (database) throws(StoreError) in
            let count = try database.run("SELECT count(*) FROM audit")[0].integer(0)
            guard count >= Int64(kept + lines) else { return ([[Value]](), AuditHead.none, Int64(0)) }
            let rows = try database.run("\(AuditChain.columns) ORDER BY id LIMIT ?", .integer(Int64(lines)))
            let number = try database.run("SELECT max(number) FROM audit_files")[0].integer(0)
            return (rows, try AuditChain.closedHead(database), number + 1)
        }
        guard !rows.isEmpty else { return nil }
        var (bytes, end): ([UInt8], AuditHead) = ([], before)
        for row in rows where bytes.count < AuditLimits.file {
            let record = AuditChain.record(row, after: end)
            guard Self.fits(record, row) else { throw AuditBreak(description: Self.changed(row)) }
            bytes += record.line + [10]
            end = record.head
        }
        return (number, bytes, end)
    }

    private static func fits(_ record: AuditRecord, _ row: [Value]) -> Bool {
        record.hash == row.text(7) && Int64(record.sequence) == row.integer(0)
    }

    private static func changed(_ row: [Value]) -> String {
        "the audit's chain is broken at line \(row.integer(0)) of the database"
    }

    // MARK: Reading

    /// The newest lines that fit, of the database and of closed files, oldest of them first.
    func allAuditLines(
        limit: Int, fitting: (AuditLine) -> Bool, newest: [AuditLine]
    ) throws -> [AuditLine] {
        guard newest.count < limit, let folder = settings.auditFolder else { return newest }
        let closed = try AuditReading(folder: folder).records.map { AuditChain.line($0) }.filter(fitting)
        return Array(closed.suffix(limit - newest.count)) + newest
    }

    /// What a check of the chain has found.
    struct AuditCheck: Equatable {
        /// The first line that is there, and the last; 0 for none.
        var first: UInt64 = 0
        var last: UInt64 = 0
        /// Where the chain is broken; nil where it is whole.
        var failure: String?
    }

    /// Checks the whole chain: the closed files, the rows behind them, and that none is missing at the end. Where lines
    /// move into a file meanwhile, it looks again.
    func checkAudit() throws -> AuditCheck {
        for _ in 0..<Self.maximumLooks {
            let head = try store.read { (database) throws(StoreError) in try AuditChain.closedHead(database) }
            let check = try checkAuditOnce()
            let headAfter = try store.read { (database) throws(StoreError) in try AuditChain.closedHead(database) }
            if head == headAfter { return check }
        }
        return AuditCheck(failure: "lines move into files all the time: try again")
    }

    private static let maximumLooks = 5

    private func checkAuditOnce() throws -> AuditCheck {
        var check = AuditCheck()
        let reading = try settings.auditFolder.map { (folder) in try AuditReading(folder: folder) }
        if let broken = reading?.firstBreak {
            check.failure =
                "\(broken.file), line \(broken.line): \(broken.reason), after line \(broken.after) of the audit"
            return check
        }
        return try store.read { (database) throws(StoreError) in
            var head = try AuditChain.closedHead(database)
            check.first = reading?.records.first?.sequence ?? 0
            // A file that was written, while the rows were not removed yet, is written again.
            let closed = reading?.records.last { $0.sequence <= head.sequence }?.head ?? .none
            guard closed == head else {
                check.failure =
                    "the closed files end at line \(closed.sequence), the database goes on after \(head.sequence)"
                return check
            }
            for row in try database.run("\(AuditChain.columns) ORDER BY id") {
                let record = AuditChain.record(row, after: head)
                guard Self.fits(record, row) else {
                    check.failure = Self.changed(row)
                    return check
                }
                if check.first == 0 { check.first = record.sequence }
                head = record.head
            }
            check.last = head.sequence
            let written =
                try database.run("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").first?.integer(0) ?? 0
            if written > Int64(head.sequence) { check.failure = "the lines after \(head.sequence) are missing" }
            return check
        }
    }
}
