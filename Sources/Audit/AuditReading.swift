import Glibc
public import Posix

/// A log as it was read: its records, and whether the chain is whole.
public struct AuditReading: Equatable, Sendable {
    /// Where and how a chain is broken.
    public struct Break: Equatable, Sendable {
        /// What is wrong.
        public enum Reason: String, Equatable, Sendable {
            /// A line is no record, or its hash is not the one of its bytes, and no record tells of it; or a closed file is
            /// empty.
            case changed
            /// Records are missing here, or are not in their order.
            case order
            /// A record does not follow the one before: one of the two, or what was between, was exchanged.
            case link
            /// The last line is cut: a write was interrupted; the agent's next record tells of it.
            case cut
        }
        /// What is wrong.
        public let reason: Reason
        /// The file in which it is.
        public let file: String
        /// Its line there, from 1.
        public let line: Int
        /// The last record before it; 0 for none.
        public let after: UInt64
    }

    /// All that can be read as records, also behind a break.
    public private(set) var records: [AuditRecord] = []
    /// Gaps that the chain itself tells of: writes that were interrupted.
    public private(set) var gaps = 0
    /// Records which say that the log had been cut or exchanged.
    public private(set) var losses = 0
    /// The first break; nil where the chain is whole.
    public private(set) var firstBreak: Break?

    private var last: AuditHead?
    /// Lines that are no record, since the last one; and where they began.
    private var unread: [[UInt8]] = []
    private var unreadPlace: (file: String, line: Int) = ("", 0)

    /// Reads the log of a folder; one that is not there is empty.
    public init(folder path: String) throws(SystemError) {
        let folder = AuditFolder(path: path)
        let lock = folder.lockForReading()
        defer { if lock >= 0 { close(lock) } }
        for file in try folder.files() {
            let descriptor = try folder.open(file, O_RDONLY)
            let bytes = try Files.read(descriptor, limit: AuditLimits.readableFile)
            // A file is closed with records in it, and none ever leaves it.
            if bytes.isEmpty, file != folder.current { note(.changed, file, 1) }
            take(bytes, from: file)
        }
        if !unread.isEmpty { note(.changed, unreadPlace.file, unreadPlace.line) }
    }

    public static func == (one: AuditReading, other: AuditReading) -> Bool {
        one.records == other.records && one.firstBreak == other.firstBreak && one.gaps == other.gaps
            && one.losses == other.losses
    }

    private mutating func take(_ bytes: [UInt8], from file: String) {
        var number = 0
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 10)
            let line = Array(bytes[start..<(end ?? bytes.count)])
            number += 1
            guard let end else { return note(.cut, file, number) }
            start = end + 1
            if let record = AuditRecord(line: line) {
                take(record, file, number)
            } else {
                if unread.isEmpty { unreadPlace = (file, number) }
                unread.append(line)
            }
        }
    }

    private mutating func take(_ record: AuditRecord, _ file: String, _ line: Int) {
        if !unread.isEmpty {
            let torn = Array(unread.joined(separator: [10]))
            if record.entry == AuditGap.entry(for: torn) {
                gaps += 1
            } else {
                note(.changed, unreadPlace.file, unreadPlace.line)
            }
            unread = []
        }
        // The first file may have been put away: then the chain begins with what is there.
        let before = last ?? (record.sequence == 1 ? AuditHead.none : nil)
        if let before, record.sequence != before.sequence &+ 1 {
            note(.order, file, line)
        } else if let before, record.previous != before.hash {
            note(.link, file, line)
        }
        if record.entry.kind == "lost" { losses += 1 }
        records.append(record)
        last = record.head
    }

    private mutating func note(_ reason: Break.Reason, _ file: String, _ line: Int) {
        guard firstBreak == nil else { return }
        firstBreak = Break(reason: reason, file: file, line: line, after: last?.sequence ?? 0)
    }
}
