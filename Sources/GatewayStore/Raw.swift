// What the gateway's services use that have their statements still in themselves. It goes with the last of them.
extension StoreTransaction {
    /// Runs a statement to its end and gives all its rows.
    @discardableResult
    public func run(_ sql: String, _ parameters: SQLValue...) throws(StoreError) -> [[SQLValue]] {
        try connection.rows(sql, parameters) { ($0 as? SQLiteStatement)?.values }
    }

    /// Rows that the last statement changed.
    public var changes: Int { (connection as? SQLiteConnection)?.changes ?? 0 }

    /// The key of the row that was inserted last.
    public var lastInsertedRow: Int64 { (connection as? SQLiteConnection)?.lastInsertedRow ?? 0 }
}

extension StoreTransaction<ReadWrite> {
    /// Runs several statements without parameters.
    func runScript(_ sql: String) throws(StoreError) {
        try (connection as? SQLiteConnection)?.runScript(sql)
    }
}
