import Glibc
public import Posix

/// What a place that the log's own writers can't change remembers of it: the agent's vault.
///
/// The log has no key, so that it can be emptied or written anew while no agent runs. Its last record, remembered
/// elsewhere, tells of that.
extension AuditLog {
    /// Whether the log still has a record: the one of that number, with that hash.
    ///
    /// Also true where the log begins later: its older files may have been put away. Reads the files from the newest one
    /// on until the record is found.
    public borrowing func holds(_ remembered: AuditHead) throws(SystemError) -> Bool {
        let lock = folder.lockForReading()
        defer { if lock >= 0 { close(lock) } }
        let mark = Array("{\"sequence\":\(remembered.sequence),".utf8)
        var first: UInt64?
        for path in try folder.files().reversed() {
            let file = try folder.open(path, O_RDONLY)
            let lines = try Files.read(file, limit: AuditLimits.readableFile).split(separator: 10)
            if let line = lines.last(where: { $0.starts(with: mark) }) {
                return AuditRecord(line: Array(line))?.hash == remembered.hash
            }
            for line in lines {
                guard let record = AuditRecord(line: Array(line)) else { continue }
                first = record.sequence
                break
            }
        }
        return first.map { $0 > remembered.sequence } ?? false
    }

    /// Records that the log has lost a record which is remembered, if it has; on the disk when this returns.
    ///
    /// - Parameters:
    ///   - keeper: who remembers it, for the record: `vault`.
    ///   - time: milliseconds since 1970.
    /// - Returns: whether the log still has it.
    public mutating func compare(
        with remembered: AuditHead, of keeper: String, time: UInt64
    ) throws(SystemError) -> Bool {
        if try holds(remembered) { return true }
        var entry = AuditEntry("lost")
        entry.put("expected_sequence", remembered.sequence)
        entry.put("expected_hash", remembered.hash)
        entry.put("remembered_by", keeper)
        try append([entry], time: time)
        return false
    }
}
