import CSQLite
import Posix

/// Why the store did not do what was asked.
struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// SQLite's primary result code.
    let code: Int32
    /// SQLite's words; they name tables, never values.
    let description: String

    /// Whether the disk is full.
    var isFull: Bool { code == SQLITE_FULL }

    /// Whether a row would be there twice.
    var isTaken: Bool { code == SQLITE_CONSTRAINT }

    /// Whether the machine, and not what was to be written, is the reason: the disk, the memory or another process.
    var isOfTheMachine: Bool {
        [
            SQLITE_FULL, SQLITE_IOERR, SQLITE_NOMEM, SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL, SQLITE_READONLY,
            SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_INTERRUPT, SQLITE_NOLFS,
        ].contains(code)
    }
}

/// A value of a column or a parameter.
enum Value: Equatable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
}

/// One connection to the database; used by one thread at a time. Statements are prepared once and kept.
///
/// What is deleted or changed is overwritten with zeros in the database's pages (`secure_delete`). The write-ahead log
/// still has the former pages until ``truncateLog()``.
@safe
final class Database: @unchecked Sendable {
    /// Bytes to which SQLite cuts a log that has grown beyond them, once all of it is in the database.
    private static let logLimit = 8 << 20

    private let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = unsafe [:]
    /// Whether the log has something that it must not keep.
    private(set) var mustTruncateLog = false
    /// Whether a write has asked for that since ``truncateLog()`` was called last.
    private(set) var isAskedToTruncateLog = false

    /// Opens or creates the file, in write-ahead mode, durable at each commit.
    init(path: String) throws(StoreError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = unsafe withSystemBytes(path) { unsafe sqlite3_open_v2($0, &opened, flags, nil) }
        guard let opened = unsafe opened, code == SQLITE_OK else {
            throw StoreError(code: code, description: "the database can't be opened")
        }
        unsafe handle = opened
        unsafe sqlite3_busy_timeout(handle, Self.patience(forReaders: false))
        try run("PRAGMA journal_mode = WAL")
        try run("PRAGMA synchronous = FULL")
        try run("PRAGMA foreign_keys = ON")
        try run("PRAGMA secure_delete = ON")
        // What SQLite would put into temporary files, as for VACUUM, is as secret as the rest.
        try run("PRAGMA temp_store = MEMORY")
        try run("PRAGMA journal_size_limit = \(Self.logLimit)")
        // Without it, REPLACE deletes rows and no trigger hears of it.
        try run("PRAGMA recursive_triggers = ON")
    }

    deinit {
        unsafe statements.values.forEach { _ = unsafe sqlite3_finalize($0) }
        unsafe sqlite3_close(handle)
    }

    /// Runs a statement to its end and gives all its rows.
    @discardableResult
    func run(_ sql: String, _ parameters: Value...) throws(StoreError) -> [[Value]] {
        let statement = unsafe try prepared(sql)
        defer {
            unsafe sqlite3_reset(statement)
            unsafe sqlite3_clear_bindings(statement)
        }
        for (index, value) in parameters.enumerated() {
            try check(unsafe Self.bind(value, to: statement, at: Int32(index + 1)))
        }
        var rows: [[Value]] = []
        while true {
            let code = unsafe sqlite3_step(statement)
            if code == SQLITE_DONE { return rows }
            guard code == SQLITE_ROW else { throw error(code) }
            let columns = unsafe sqlite3_column_count(statement)
            rows.append((0..<columns).map { unsafe Self.column(statement, $0) })
        }
    }

    /// Runs several statements without parameters.
    func runScript(_ sql: String) throws(StoreError) {
        try check(unsafe sqlite3_exec(handle, sql, nil, nil, nil))
    }

    /// Says that what this write deletes or changes must be gone from the log too: whoever commits the write truncates it.
    func leavesNoTrace() {
        mustTruncateLog = true
        isAskedToTruncateLog = true
    }

    /// Brings the whole log into the database, overwrites the log with zeros and cuts it to nothing. Waits for readers who
    /// are in the middle of a read, but not for long.
    ///
    /// Call it outside of a transaction.
    ///
    /// - Returns: false if a reader was in the way; then ``mustTruncateLog`` stays, to try again.
    @discardableResult
    func truncateLog() throws(StoreError) -> Bool {
        isAskedToTruncateLog = false
        unsafe sqlite3_busy_timeout(handle, Self.patience(forReaders: true))
        defer { unsafe sqlite3_busy_timeout(handle, Self.patience(forReaders: false)) }
        try unsafe LogEraser.attach(to: handle)
        // The first column says whether somebody was in the way.
        guard try run("PRAGMA wal_checkpoint(TRUNCATE)").first?.integer(0) == 0 else { return false }
        mustTruncateLog = false
        return true
    }

    /// Milliseconds to wait for other connections.
    private static func patience(forReaders: Bool) -> Int32 { forReaders ? 250 : 10_000 }

    /// Whether a transaction is open.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// Rows that the last statement changed.
    var changes: Int { Int(unsafe sqlite3_changes(handle)) }

    /// The key of the row that was inserted last.
    var lastInsertedRow: Int64 { unsafe sqlite3_last_insert_rowid(handle) }

    // MARK: Steps

    private func prepared(_ sql: String) throws(StoreError) -> OpaquePointer {
        if let statement = unsafe statements[sql] { return unsafe statement }
        var statement: OpaquePointer?
        try check(unsafe sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil))
        unsafe statements[sql] = statement!
        return unsafe statement!
    }

    private static func bind(_ value: Value, to statement: OpaquePointer, at index: Int32) -> Int32 {
        // SQLITE_TRANSIENT: SQLite copies the bytes.
        let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        return switch value {
        case .null: unsafe sqlite3_bind_null(statement, index)
        case .integer(let number): unsafe sqlite3_bind_int64(statement, index, number)
        case .text(let text): unsafe sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), transient)
        case .blob(let bytes): unsafe sqlite3_bind_blob(statement, index, bytes, Int32(bytes.count), transient)
        }
    }

    private static func column(_ statement: OpaquePointer, _ index: Int32) -> Value {
        switch unsafe sqlite3_column_type(statement, index) {
        case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(statement, index))
        case SQLITE_TEXT:
            // Its length is SQLite's to tell: a text may have zeros in it, behind which there is more.
            guard let text = unsafe sqlite3_column_text(statement, index) else { return .null }
            let count = Int(unsafe sqlite3_column_bytes(statement, index))
            return .text(unsafe String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let count = Int(unsafe sqlite3_column_bytes(statement, index))
            guard let start = unsafe sqlite3_column_blob(statement, index) else { return .blob([]) }
            return .blob(unsafe Array(UnsafeRawBufferPointer(start: start, count: count)))
        default: return .null
        }
    }

    private func check(_ code: Int32) throws(StoreError) {
        guard code == SQLITE_OK else { throw error(code) }
    }

    private func error(_ code: Int32) -> StoreError {
        StoreError(code: code & 0xFF, description: unsafe String(cString: sqlite3_errmsg(handle)))
    }
}

extension [Value] {
    /// The number in a column; 0 for anything else.
    func integer(_ index: Int) -> Int64 {
        if case .integer(let number) = self[index] { return number }
        return 0
    }

    /// The number in a column; nil for null.
    func optionalInteger(_ index: Int) -> Int64? {
        if case .integer(let number) = self[index] { return number }
        return nil
    }

    /// The text in a column; empty for anything else.
    func text(_ index: Int) -> String {
        if case .text(let text) = self[index] { return text }
        return ""
    }

    /// The bytes in a column; empty for anything else.
    func blob(_ index: Int) -> [UInt8] {
        if case .blob(let bytes) = self[index] { return bytes }
        return []
    }
}
