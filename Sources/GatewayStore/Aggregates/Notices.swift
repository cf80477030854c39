/// What a process leaves for the gateway that runs beside it: the table `news`.
public struct Notices<Access: StoreAccess> {
    fileprivate let connection: any SQLConnection
}

extension StoreTransaction {
    /// Notices for other processes.
    public var notices: Notices<Access> { Notices(connection: connection) }
}

extension Notices {
    /// The notices behind a number, in the order in which they were left, and the number of the last.
    func left(after number: Int64) throws(StoreError) -> (notices: [StoreNotice], last: Int64) {
        let rows = try connection.rows(
            "SELECT id, device FROM news WHERE id > ?1 ORDER BY id", .integer(number)
        ) { row in (row.integer("id"), row.optionalInteger("device").map { .events(device: $0) } ?? StoreNotice.post) }
        return (rows.map(\.1), rows.last?.0 ?? number)
    }
}

extension Notices<ReadWrite> {
    /// Leaves a notice.
    ///
    /// - Parameter now: seconds since 1970.
    public func leave(_ notice: StoreNotice, at now: Int64) throws(StoreError) {
        let device: Int64? = if case .events(let device) = notice { device } else { nil }
        try connection.execute("INSERT INTO news (device, at) VALUES (?1, ?2)", .integer(device), .integer(now))
    }

    /// Removes notices from before a time.
    public func remove(before time: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM news WHERE at < ?1", .integer(time))
    }
}
