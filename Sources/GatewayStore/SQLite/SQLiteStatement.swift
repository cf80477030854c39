import CSQLite

/// A prepared statement, and the row at which it stands.
@safe
final class SQLiteStatement: SQLRow {
    private let handle: OpaquePointer
    /// Names of its columns.
    let names: [String]
    /// The column behind the one that was read last: rows are mostly read in the order of their columns.
    private var next = 0

    /// Prepares a statement on a connection; the statement must go before it.
    init(_ sql: String, on connection: OpaquePointer) throws(StoreError) {
        var prepared: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared = unsafe prepared else {
            throw unsafe StoreError(code: code, of: connection)
        }
        unsafe handle = prepared
        names = unsafe (0..<sqlite3_column_count(prepared)).map {
            unsafe String(cString: sqlite3_column_name(prepared, $0))
        }
    }

    deinit { unsafe sqlite3_finalize(handle) }

    /// Binds the parameters; SQLite's result code.
    func bind(_ parameters: [SQLValue]) -> Int32 {
        for (index, value) in parameters.enumerated() {
            let code = bind(value, at: Int32(index + 1))
            guard code == SQLITE_OK else { return code }
        }
        return SQLITE_OK
    }

    /// Goes to the next row; SQLite's result code.
    func step() -> Int32 {
        next = 0
        return unsafe sqlite3_step(handle)
    }

    /// Ends it, and forgets its parameters.
    func reset() {
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        // SQLITE_TRANSIENT: SQLite copies the bytes.
        let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        return switch value {
        case .null: unsafe sqlite3_bind_null(handle, index)
        case .integer(let number): unsafe sqlite3_bind_int64(handle, index, number)
        case .text(let text): unsafe sqlite3_bind_text(handle, index, text, Int32(text.utf8.count), transient)
        case .blob(let bytes): unsafe sqlite3_bind_blob(handle, index, bytes, Int32(bytes.count), transient)
        }
    }

    // MARK: The row

    func optionalInteger(_ column: StaticString) -> Int64? {
        let index = index(column)
        guard unsafe sqlite3_column_type(handle, index) == SQLITE_INTEGER else { return nil }
        return unsafe sqlite3_column_int64(handle, index)
    }

    func optionalText(_ column: StaticString) -> String? {
        let index = index(column)
        guard unsafe sqlite3_column_type(handle, index) == SQLITE_TEXT else { return nil }
        return text(index)
    }

    func blob(_ column: StaticString) -> [UInt8] {
        let index = index(column)
        guard unsafe sqlite3_column_type(handle, index) == SQLITE_BLOB else { return [] }
        return blob(index)
    }

    /// What is in the column of a number; the first is 0. For tests, which look at tables as they are.
    func value(_ index: Int32) -> SQLValue {
        switch unsafe sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER: .integer(unsafe sqlite3_column_int64(handle, index))
        case SQLITE_TEXT: text(index).map { .text($0) } ?? .null
        case SQLITE_BLOB: .blob(blob(index))
        default: .null
        }
    }

    private func text(_ index: Int32) -> String? {
        // Its length is SQLite's to tell: a text may have zeros in it, behind which there is more.
        guard let text = unsafe sqlite3_column_text(handle, index) else { return nil }
        let count = Int(unsafe sqlite3_column_bytes(handle, index))
        return unsafe String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    private func blob(_ index: Int32) -> [UInt8] {
        let count = Int(unsafe sqlite3_column_bytes(handle, index))
        guard let start = unsafe sqlite3_column_blob(handle, index) else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    private func index(_ column: StaticString) -> Int32 {
        if next < names.count, isName(column, next) { return found(next) }
        for place in names.indices where isName(column, place) { return found(place) }
        preconditionFailure("a statement gives no column \(column)")
    }

    private func found(_ place: Int) -> Int32 {
        next = place + 1
        return Int32(place)
    }

    private func isName(_ column: StaticString, _ place: Int) -> Bool {
        var name = names[place]
        return name.withUTF8 { bytes in
            column.withUTF8Buffer { unsafe $0.count == bytes.count && $0.elementsEqual(bytes) }
        }
    }
}
