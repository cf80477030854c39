import Audit
public import GatewayStore
import Posix

/// Reading and checking the audit over closed files and rows, beside whoever writes it.
///
/// The rows, and how far the files go, are read in one transaction, and the files after it. Files are only ever added, so
/// that each line of before is in one of the two; what has moved into a file since is left out of it.
extension AuditLog {
    /// The newest lines that fit, of the database and of closed files, oldest of them first.
    ///
    /// - Parameter limit: the newest so many.
    public func all(limit: Int, _ filter: AuditFilter = AuditFilter()) throws -> [AuditLine] {
        let (newest, closed) = try store.read { (tx) throws(StoreError) in
            (try self.newest(tx, limit, filter), try tx.audit.closedHead())
        }
        guard newest.count < limit, let folder else { return newest }
        let older = try AuditReading(folder: folder).records
            .filter { $0.sequence <= closed.sequence }.map { AuditLine($0) }.filter(filter.fits)
        return older.suffix(limit - newest.count) + newest
    }

    /// What a check of the chain has found.
    public struct AuditCheck: Equatable {
        /// The first line that is there, and the last; 0 for none.
        public var first: UInt64 = 0
        public var last: UInt64 = 0
        /// Where the chain is broken; nil where it is whole.
        public var failure: String?
    }

    /// The table as it was at one moment.
    private struct AuditRows {
        let rows: [AuditRow]
        let files: [AuditFile]
        /// The number that was given last.
        let written: Int64

        var closed: AuditHead { files.last?.end ?? .none }
    }

    /// Checks the whole chain: the closed files by their names and lines, the rows behind them, and that none is missing at
    /// the end. Where lines have moved into a file meanwhile, a failure may be none: it looks again.
    public func check() throws -> AuditCheck {
        var check = AuditCheck()
        for _ in 0..<Self.maximumLooks {
            let table = try auditRows()
            check = try checked(table)
            let after = try store.read { (tx) throws(StoreError) in try tx.audit.closedHead() }
            if check.failure == nil || after == table.closed { return check }
        }
        return check
    }

    private static let maximumLooks = 5

    private func auditRows() throws(StoreError) -> AuditRows {
        try store.read { (tx) throws(StoreError) in
            AuditRows(
                rows: try tx.audit.oldest(), files: try tx.audit.files(),
                written: try tx.audit.lastNumber())
        }
    }

    private func checked(_ table: AuditRows) throws -> AuditCheck {
        let reading = try folder.map { (folder) in try AuditReading(folder: folder) }
        var check = AuditCheck(first: reading?.records.first?.sequence ?? 0)
        if let broken = reading?.firstBreak {
            check.failure =
                "\(broken.file), line \(broken.line): \(broken.reason), after line \(broken.after) of the audit"
            return check
        }
        let records = reading?.records ?? []
        check.failure = closedFailure(records, table) ?? rowsFailure(records, table, &check)
        return check
    }

    /// What is wrong with the closed files that the table names: the oldest may have been put away.
    private func closedFailure(_ records: [AuditRecord], _ table: AuditRows) -> String? {
        let closed = records.last { $0.sequence <= table.closed.sequence }?.head ?? .none
        if closed == .none, table.closed.sequence > 0 {
            return "the newest closed file is missing: its lines end at \(table.closed.sequence)"
        }
        guard closed == table.closed else {
            return
                "the closed files end at line \(closed.sequence), the database goes on after \(table.closed.sequence)"
        }
        guard let folder, let first = records.first?.sequence else { return nil }
        // Only whole files are put away.
        let beginnings = [1] + table.files.map { $0.end.sequence &+ 1 }
        guard beginnings.contains(first) else {
            return "the closed files begin at line \(first), where no file begins: lines before it are missing"
        }
        return filesFailure(table.files, in: folder, records, first)
    }

    /// What is wrong with what the table says of each closed file, as far as there are lines to compare it with.
    private func filesFailure(
        _ files: [AuditFile], in folder: String, _ records: [AuditRecord], _ first: UInt64
    ) -> String? {
        for (index, file) in files.enumerated() {
            guard file.number == Int64(index) + 1 else {
                return "the database has lines in closed file \(file.number), but no closed file \(index + 1)"
            }
            let (end, path) = (file.end.sequence, Self.closedFile(file.number, in: folder))
            guard (end >= first) == Files.exists(path) else {
                return end < first
                    ? "\(path) is there, but its lines, up to \(end), are not"
                    : "\(path) is not there: its lines, up to \(end), are in a file of another name"
            }
            guard Self.isEnd(file.end, of: records) else {
                return "the database says that \(path) ends at line \(end), with a hash that does not fit its lines"
            }
        }
        return nil
    }

    /// Whether a file may have ended so: also where its lines, and perhaps those behind them, were put away.
    private static func isEnd(_ head: AuditHead, of records: [AuditRecord]) -> Bool {
        let first = records[0]
        guard head.sequence >= first.sequence else {
            return head.sequence &+ 1 < first.sequence || head.hash == first.previous
        }
        guard let place = Int(exactly: head.sequence - first.sequence), place < records.count else { return false }
        return records[place].head == head
    }

    /// What is wrong with the rows. A file that was written while its rows were not removed yet has the same lines.
    private func rowsFailure(_ records: [AuditRecord], _ table: AuditRows, _ check: inout AuditCheck) -> String? {
        var head = table.closed
        var added = records.drop { $0.sequence <= head.sequence }
        for row in table.rows {
            guard let record = row.record(after: head) else { return Self.changed(row) }
            if check.first == 0 { check.first = record.sequence }
            head = record.head
            guard let copy = added.popFirst() else { continue }
            guard copy.head == head else { return Self.unknown(copy) }
        }
        check.last = head.sequence
        let last = Int64(clamping: head.sequence)
        if table.written > last { return "the lines after \(last) are missing" }
        if table.written < last {
            return "the database says that \(table.written) lines were written: there are \(last)"
        }
        return added.first.map(Self.unknown)
    }

    private static func unknown(_ record: AuditRecord) -> String {
        "line \(record.sequence) of the closed files is none that the database knows"
    }
}
