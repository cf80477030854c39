@testable import GatewayStore

// Statements by which tests look into the database, or bring it into a state that no service brings it to. Rows are arrays of
// values, by the numbers of their columns.

extension SQLiteConnection {
    /// Runs a statement to its end and gives all its rows.
    @discardableResult
    func run(_ sql: String, _ parameters: SQLValue...) throws(StoreError) -> [[SQLValue]] {
        try rows(sql, parameters) { ($0 as? SQLiteStatement)?.values }
    }
}

extension StoreTransaction {
    /// Runs a statement to its end and gives all its rows.
    @discardableResult
    func run(_ sql: String, _ parameters: SQLValue...) throws(StoreError) -> [[SQLValue]] {
        try connection.rows(sql, parameters) { ($0 as? SQLiteStatement)?.values }
    }
}

extension StoreTransaction<ReadWrite> {
    /// Runs several statements without parameters.
    func runScript(_ sql: String) throws(StoreError) {
        try (connection as? SQLiteConnection)?.runScript(sql)
    }
}

extension SQLiteStatement {
    /// All columns of the row.
    fileprivate var values: [SQLValue] { names.indices.map { value(Int32($0)) } }
}

extension [SQLValue] {
    /// The number in a column; 0 for anything else.
    func integer(_ index: Int) -> Int64 { optionalInteger(index) ?? 0 }

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
