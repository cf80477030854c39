import Glibc
public import Posix
import SecureMemory

/// The log as agents write it: a chain of records in the data folder; every call reaches the disk, on a worker thread.
///
/// Agents side by side share one chain: each appends under a lock, behind whatever is the end then. A value remembers
/// the end that it wrote, so that a log which was cut or exchanged meanwhile is noticed at the next record, in a record.
public struct AuditLog: ~Copyable, Sendable {
    let folder: AuditFolder
    private let fileLimit: Int
    /// The last record that this value has written; ``AuditHead/none`` before.
    public private(set) var head = AuditHead.none

    /// The log of a folder.
    public init(folder: String) {
        self.init(folder: folder, fileLimit: AuditLimits.file)
    }

    /// As above; a test takes smaller files.
    package init(folder: String, fileLimit: Int) {
        self.folder = AuditFolder(path: folder)
        self.fileLimit = fileLimit
    }

    /// Appends records: on the disk when this returns, and none half when it throws.
    ///
    /// - Parameter time: milliseconds since 1970.
    /// - Throws: what the system says; nothing of these records counts then.
    public mutating func append(_ entries: [AuditEntry], time: UInt64) throws(SystemError) {
        try append(entries, time: time) { (_) throws(SystemError) in }
    }

    /// As above; `before` hears of each step, so that a test can end the process there or have the step fail.
    package mutating func append(
        _ entries: [AuditEntry], time: UInt64, before: (AuditStep) throws(SystemError) -> Void
    ) throws(SystemError) {
        try before(.lock)
        try Files.makeFolder(folder.path)
        let lock = try folder.open(folder.lock, O_RDWR | O_CREAT)
        let number = lock.number
        try retrying("flock \(folder.lock)") { flock(number, LOCK_EX) }
        // Closing is not enough: a process that is just being started still has a copy of the descriptor.
        defer { flock(number, LOCK_UN) }
        try before(.rotate)
        try closeIfFull()
        try before(.open)
        let isNew = unsafe access(folder.current, F_OK) != 0
        let file = try folder.open(folder.current, O_RDWR | O_APPEND | O_CREAT)
        let length = try Self.length(of: file)
        let tail = try AuditTail(file, length: length)
        let last: AuditHead
        if let record = tail.record { last = record.head } else { last = try headOfClosedFiles() }
        let (bytes, end) = lines(of: entries, behind: tail, last, time: time)
        try before(.write)
        try write(bytes, to: file, length: length)
        try before(.sync)
        try Self.sync(file)
        if isNew { try syncFolder() }
        head = end
    }

    /// The bytes to append, and the chain's end behind them: what was torn, or is gone, is told first.
    private func lines(
        of entries: [AuditEntry], behind tail: AuditTail, _ last: AuditHead, time: UInt64
    ) -> ([UInt8], AuditHead) {
        var told: [AuditEntry] = []
        if !tail.torn.isEmpty { told.append(AuditGap.entry(for: tail.torn)) }
        if last.sequence < head.sequence || (last.sequence == head.sequence && last.hash != head.hash) {
            var entry = AuditEntry("lost")
            entry.put("expected_sequence", head.sequence)
            entry.put("expected_hash", head.hash)
            told.append(entry)
        }
        var bytes: [UInt8] = tail.needsLineFeed ? [10] : []
        var end = last
        for entry in told + entries {
            let record = AuditRecord(entry, after: end, time: time)
            bytes += record.line + [10]
            end = record.head
        }
        return (bytes, end)
    }

    /// Where no record is in the current file, the chain goes on from the newest closed one that has any.
    private func headOfClosedFiles() throws(SystemError) -> AuditHead {
        for number in try folder.closedNumbers().reversed() {
            let file = try folder.open(folder.closed(number), O_RDONLY)
            if let record = try AuditTail(file, length: Self.length(of: file)).record { return record.head }
        }
        return .none
    }

    /// One rename closes a file: at every instant the files in their order are the chain.
    private func closeIfFull() throws(SystemError) {
        var status = stat()
        guard unsafe lstat(folder.current, &status) == 0, status.st_size >= fileLimit else { return }
        let current = folder.current
        let number = (try folder.closedNumbers().last ?? 0).addingReportingOverflow(1)
        guard !number.overflow else { throw SystemError("close \(current)", number: EOVERFLOW) }
        let next = folder.closed(number.partialValue)
        try retrying("rename \(current)") { unsafe rename(current, next) }
    }

    /// One write; what a full disk has cut is taken back, and where that fails it is told as a gap by the next record.
    private func write(_ bytes: [UInt8], to file: borrowing Descriptor, length: Int) throws(SystemError) {
        do throws(SystemError) { try file.writeAll(bytes) } catch {
            _ = ftruncate(file.number, off_t(length))
            throw error
        }
    }

    private static func length(of file: borrowing Descriptor) throws(SystemError) -> Int {
        let number = file.number
        var status = stat()
        try retrying("fstat the audit log") { unsafe fstat(number, &status) }
        guard status.st_size <= AuditLimits.readableFile else { throw SystemError("the audit log", number: EFBIG) }
        return Int(status.st_size)
    }

    private static func sync(_ file: borrowing Descriptor) throws(SystemError) {
        let number = file.number
        try retrying("fdatasync the audit log") { fdatasync(number) }
    }

    private func syncFolder() throws(SystemError) {
        let descriptor = try Descriptor.open(folder.path, O_RDONLY | O_DIRECTORY)
        let number = descriptor.number
        try retrying("fsync \(folder.path)") { fsync(number) }
    }
}

/// The steps of appending, in their order.
package enum AuditStep: CaseIterable, Sendable {
    case lock, rotate, open, write, sync
}

/// What tells of bytes in the log that are no record: how many, and their digest, so that they stay what they were.
enum AuditGap {
    static let kind = "gap"

    static func entry(for torn: [UInt8]) -> AuditEntry {
        var entry = AuditEntry(kind)
        entry.put("torn_length", UInt64(torn.count))
        entry.put("torn_sha256", AuditRecord.hexadecimal(unsafe sha256(torn.span.bytes)))
        return entry
    }
}
