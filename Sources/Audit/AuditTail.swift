import Glibc
import Posix

/// The end of one file: its last record, and what lies behind it that is none.
struct AuditTail {
    /// The last whole record; nil if there is none in the file.
    let record: AuditRecord?
    /// Behind it: a record that was cut while it was written, or bytes of another's; without a last line feed.
    let torn: [UInt8]
    /// Whether a line feed must come before the next record.
    let needsLineFeed: Bool

    /// Reads a file's end; only where it holds no record, all of the file.
    init(_ file: borrowing Descriptor, length: Int) throws(SystemError) {
        let start = max(0, length - AuditLimits.tail)
        let short = AuditTail(try Self.read(file, from: start, to: length), isWhole: start == 0)
        if let short {
            self = short
            return
        }
        self = AuditTail(try Self.read(file, from: 0, to: length), isWhole: true)!
    }

    private init?(_ bytes: [UInt8], isWhole: Bool) {
        // A write that was cut before its line feed only: the record is whole.
        if bytes.last != 10, isWhole || bytes.contains(10),
            let record = AuditRecord(line: Array(bytes[((bytes.lastIndex(of: 10) ?? -1) + 1)...]))
        {
            self.init(record: record, torn: [], needsLineFeed: true)
            return
        }
        var end = bytes.count
        while let feed = bytes[..<end].lastIndex(of: 10) {
            let before = bytes[..<feed].lastIndex(of: 10)
            guard isWhole || before != nil else { return nil }
            if let record = AuditRecord(line: Array(bytes[((before ?? -1) + 1)..<feed])) {
                self.init(record, behind: Array(bytes[(feed + 1)...]))
                return
            }
            end = feed
        }
        guard isWhole else { return nil }
        self.init(nil, behind: bytes)
    }

    private init(record: AuditRecord?, torn: [UInt8], needsLineFeed: Bool) {
        self.record = record
        self.torn = torn
        self.needsLineFeed = needsLineFeed
    }

    private init(_ record: AuditRecord?, behind bytes: [UInt8]) {
        self.record = record
        needsLineFeed = !bytes.isEmpty && bytes.last != 10
        torn = bytes.last == 10 ? Array(bytes.dropLast()) : bytes
    }

    private static func read(
        _ file: borrowing Descriptor, from start: Int, to end: Int
    ) throws(SystemError) -> [UInt8] {
        let number = file.number
        var bytes = [UInt8](repeating: 0, count: end - start)
        var filled = 0
        while filled < bytes.count {
            let position = filled
            let count = try retrying("read the audit log") {
                unsafe bytes.withUnsafeMutableBytes {
                    unsafe pread(number, $0.baseAddress! + position, $0.count - position, off_t(start + position))
                }
            }
            guard count > 0 else { break }
            filled += count
        }
        return Array(bytes[..<filled])
    }
}
