/// A connection to an engine that speaks SQL, within a transaction; used by one thread at a time.
///
/// The statements of this module are those that SQLite and PostgreSQL both know: numbered parameters `?1`, `ON CONFLICT`,
/// `RETURNING`, `CASE`. What differs has a method of its own here.
public protocol SQLConnection: AnyObject {
    /// Runs a statement to its end.
    ///
    /// - Parameters:
    ///   - sql: one statement; prepared once.
    ///   - parameters: for `?1` and so on.
    ///   - decode: makes a value of each row; a row of which it makes nil is left out. It runs no statement.
    func rows<Row>(
        _ sql: String, _ parameters: [SQLValue], _ decode: (any SQLRow) -> Row?
    ) throws(StoreError) -> [Row]

    /// Runs a statement to its end.
    ///
    /// - Returns: how many rows it has changed.
    func execute(_ sql: String, _ parameters: [SQLValue]) throws(StoreError) -> Int

    /// Runs `body`; what it did is undone where it throws, as far as the transaction goes on.
    func savepoint<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result

    /// Whether a transaction is open.
    var isInTransaction: Bool { get }

    /// See ``StoreTransaction/leavesNoTrace()``.
    func leavesNoTrace()

    /// The highest number that a table has ever given to a row, also where that row is gone; 0 for none.
    func lastNumber(of table: String) throws(StoreError) -> Int64
}

extension SQLConnection {
    /// See ``rows(_:_:_:)``.
    func rows<Row>(
        _ sql: String, _ parameters: SQLValue..., decode: (any SQLRow) -> Row?
    ) throws(StoreError) -> [Row] {
        try rows(sql, parameters, decode)
    }

    /// The first row that can be decoded; nil for none.
    func first<Row>(
        _ sql: String, _ parameters: SQLValue..., decode: (any SQLRow) -> Row?
    ) throws(StoreError) -> Row? {
        try rows(sql, parameters, decode).first
    }

    /// The number that a statement gives as `value`; 0 for null or no row.
    func number(_ sql: String, _ parameters: SQLValue...) throws(StoreError) -> Int64 {
        try rows(sql, parameters) { $0.integer("value") }.first ?? 0
    }

    /// Whether a statement gives a row.
    func exists(_ sql: String, _ parameters: SQLValue...) throws(StoreError) -> Bool {
        try !rows(sql, parameters) { _ in true }.isEmpty
    }

    /// See ``execute(_:_:)``.
    @discardableResult
    func execute(_ sql: String, _ parameters: SQLValue...) throws(StoreError) -> Int {
        try execute(sql, parameters)
    }
}

/// A value of a column or a parameter.
public enum SQLValue: Equatable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
}

extension SQLValue {
    /// A number; null for nil.
    static func integer(_ number: Int64?) -> SQLValue { number.map { .integer($0) } ?? .null }
    /// A text; null for nil.
    static func text(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
    /// Yes or no.
    static func flag(_ isSet: Bool) -> SQLValue { .integer(isSet ? Flag.yes : Flag.no) }
}

/// How a table says yes and no.
enum Flag {
    static let yes: Int64 = 1
    static let no: Int64 = 0
}

/// A row as a statement gives it, read by the names of its columns; valid until the next one.
///
/// A name that the statement does not give is a fault of this program, and ends it.
public protocol SQLRow {
    /// The number in a column; nil for null and anything else.
    func optionalInteger(_ column: StaticString) -> Int64?
    /// The text in a column; nil for null and anything else.
    func optionalText(_ column: StaticString) -> String?
    /// The bytes in a column; empty for anything else.
    func blob(_ column: StaticString) -> [UInt8]
}

extension SQLRow {
    /// The number in a column; 0 for anything else.
    func integer(_ column: StaticString) -> Int64 { optionalInteger(column) ?? 0 }
    /// The text in a column; empty for anything else.
    func text(_ column: StaticString) -> String { optionalText(column) ?? "" }
    /// Whether a column says yes.
    func flag(_ column: StaticString) -> Bool { optionalInteger(column) == Flag.yes }
}
