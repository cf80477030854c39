import CSQLite
import Posix

/// One connection to the database; used by one thread at a time. Statements are prepared once and kept.
///
/// What is deleted or changed is overwritten with zeros in the database's pages (`secure_delete`). The write-ahead log
/// still has the former pages until ``truncateLog()``.
@safe
final class SQLiteConnection: SQLConnection, @unchecked Sendable {
    /// Bytes to which SQLite cuts a log that has grown beyond them, once all of it is in the database.
    private static let logLimit = 8 << 20

    private let handle: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]
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
            // A connection that could not be opened has memory all the same.
            unsafe sqlite3_close(opened)
            throw StoreError(code: code, "the database can't be opened")
        }
        unsafe handle = opened
        unsafe sqlite3_busy_timeout(handle, Self.patience(forReaders: false))
        try execute("PRAGMA journal_mode = WAL")
        try execute("PRAGMA synchronous = FULL")
        try execute("PRAGMA foreign_keys = ON")
        try execute("PRAGMA secure_delete = ON")
        // What SQLite would put into temporary files, as for VACUUM, is as secret as the rest.
        try execute("PRAGMA temp_store = MEMORY")
        try execute("PRAGMA journal_size_limit = \(Self.logLimit)")
        // Without it, REPLACE deletes rows and no trigger hears of it.
        try execute("PRAGMA recursive_triggers = ON")
    }

    deinit {
        statements = [:]
        unsafe sqlite3_close(handle)
    }

    func rows<Row>(
        _ sql: String, _ parameters: [SQLValue], _ decode: (any SQLRow) -> Row?
    ) throws(StoreError) -> [Row] {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try check(statement.bind(parameters))
        var rows: [Row] = []
        while true {
            let code = statement.step()
            if code == SQLITE_DONE { return rows }
            guard code == SQLITE_ROW else { throw unsafe StoreError(code: code, of: handle) }
            if let row = decode(statement) { rows.append(row) }
        }
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws(StoreError) -> Int {
        _ = try rows(sql, parameters) { _ -> Int? in nil }
        return Int(unsafe sqlite3_changes(handle))
    }

    func savepoint<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        try execute("SAVEPOINT nested")
        do throws(StoreError) {
            let result = try body()
            try execute("RELEASE nested")
            return result
        } catch {
            // After some errors SQLite has undone the whole transaction by itself.
            if isInTransaction {
                // Where this fails, what is half done is still there: its error, and not the first, goes on.
                try execute("ROLLBACK TO nested")
                try execute("RELEASE nested")
            }
            throw error
        }
    }

    /// Runs several statements without parameters.
    func runScript(_ sql: String) throws(StoreError) {
        try check(unsafe sqlite3_exec(handle, sql, nil, nil, nil))
    }

    /// What this write deletes or changes must be gone from the log too: whoever commits the write truncates it.
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
        // It says whether somebody was in the way.
        guard try rows("PRAGMA wal_checkpoint(TRUNCATE)", decode: { $0.integer("busy") }) == [0] else { return false }
        mustTruncateLog = false
        return true
    }

    /// Milliseconds to wait for other connections.
    private static func patience(forReaders: Bool) -> Int32 { forReaders ? 250 : 10_000 }

    /// Whether a transaction is open.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    func lastNumber(of table: String) throws(StoreError) -> Int64 {
        try number("SELECT seq AS value FROM sqlite_sequence WHERE name = ?1", .text(table))
    }

    // MARK: Steps

    private func prepared(_ sql: String) throws(StoreError) -> SQLiteStatement {
        if let statement = statements[sql] { return statement }
        let statement = unsafe try SQLiteStatement(sql, on: handle)
        statements[sql] = statement
        return statement
    }

    private func check(_ code: Int32) throws(StoreError) {
        guard code == SQLITE_OK else { throw unsafe StoreError(code: code, of: handle) }
    }
}

extension StoreError {
    /// - Parameter code: SQLite's result code.
    init(code: Int32, _ description: String) {
        self.init(Self.kind(code & 0xFF, description), description)
    }

    /// The error that a connection had last.
    @unsafe
    init(code: Int32, of connection: OpaquePointer) {
        self.init(code: code, unsafe String(cString: sqlite3_errmsg(connection)))
    }

    private static func kind(_ code: Int32, _ description: String) -> Kind {
        switch code {
        case SQLITE_FULL: .full
        case SQLITE_CONSTRAINT: .refused(uniqueKey(description))
        case SQLITE_IOERR, SQLITE_NOMEM, SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL, SQLITE_READONLY, SQLITE_CANTOPEN,
            SQLITE_PERM, SQLITE_INTERRUPT, SQLITE_NOLFS:
            .machine
        default: .other
        }
    }

    /// SQLite names the column only in its words: "UNIQUE constraint failed: citizens.phone".
    private static func uniqueKey(_ description: String) -> UniqueKey? {
        let prefix = "UNIQUE constraint failed: "
        guard description.utf8.starts(with: prefix.utf8) else { return nil }
        return UniqueKey(rawValue: String(description.utf8.dropFirst(prefix.utf8.count)) ?? "")
    }
}
