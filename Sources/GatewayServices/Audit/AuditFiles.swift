import Audit
import GatewayStore
import Glibc
import Posix

/// Closing the audit's older lines into files.
extension AuditLog {
    /// Lines that the database keeps, and lines of a closed file.
    public static let linesKept = 20_000
    public static let linesOfFile = 20_000

    /// Why the audit could not be closed.
    public struct AuditBreak: Error, CustomStringConvertible {
        public let description: String
    }

    /// Moves the oldest lines into closed files, as long as there are more than the database keeps.
    ///
    /// A file is on the disk before its lines leave the database; one that a kill has left before that is written
    /// again.
    ///
    /// - Throws: ``AuditBreak`` where the chain is broken: then nothing is moved that could hide it.
    public func close(
        keeping kept: Int = AuditLog.linesKept, lines: Int = AuditLog.linesOfFile
    ) throws {
        guard let folder else { return }
        while let (number, bytes, end) = try oldestLines(keeping: kept, lines: lines) {
            try Files.makeFolder(folder)
            let path = Self.closedFile(number, in: folder)
            try requireReplaceable(path, by: bytes)
            try Files.replace(path, with: bytes)
            try store.write { (tx) throws(StoreError) in
                try tx.audit.close(AuditFile(number: number, end: end))
            }
        }
    }

    /// The next file's number and bytes, and the chain's end in it; nil if there are not enough lines for one.
    private func oldestLines(keeping kept: Int, lines: Int) throws -> (Int64, [UInt8], AuditHead)? {
        let (rows, last) = try store.read { (tx) throws(StoreError) in
            let isEnough = try tx.audit.count() >= kept + lines
            return (isEnough ? try tx.audit.oldest(lines) : [], try tx.audit.files().last)
        }
        guard !rows.isEmpty else { return nil }
        let number = last?.number ?? 0
        // Under a name that is none of a closed file its lines would be hidden.
        guard (0..<Int64.max).contains(number) else {
            throw AuditBreak(description: "the database's last closed file has the number \(number)")
        }
        var (bytes, end): ([UInt8], AuditHead) = ([], last?.end ?? .none)
        for row in rows where bytes.count < AuditLimits.file {
            guard let record = row.record(after: end) else { throw AuditBreak(description: Self.changed(row)) }
            bytes += record.line + [10]
            end = record.head
        }
        return (number + 1, bytes, end)
    }

    static func closedFile(_ number: Int64, in folder: String) -> String { "\(folder)/audit.log.\(number)" }

    /// Lets a file be written where there is none, or where all that is there is a beginning of the new one: so a closed file
    /// that somebody has renamed is not lost, even a compressed one.
    private func requireReplaceable(_ path: String, by bytes: [UInt8]) throws {
        guard Files.exists(path) else { return }
        do throws(SystemError) {
            if bytes.starts(with: try Files.read(path, limit: bytes.count)) { return }
        } catch { guard error.number == EFBIG else { throw error } }
        throw AuditBreak(description: "\(path) is there already and holds something else: was a closed file renamed?")
    }

    static func changed(_ row: AuditRow) -> String {
        "the audit's chain is broken at line \(row.number) of the database"
    }
}
