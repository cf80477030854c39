/// Recordings of calls, in sealed pieces.
public struct Recordings<Access: StoreAccess> {
    let connection: any SQLConnection
}

extension StoreTransaction {
    /// Recordings of calls.
    public var recordings: Recordings<Access> { Recordings(connection: connection) }
}

extension Recordings {
    /// How many pieces there are of a call.
    public func count(of call: Int64) throws(StoreError) -> Int {
        Int(try connection.number("SELECT count(*) AS value FROM recordings WHERE call = ?1", .integer(call)))
    }

    /// The sealed pieces of a call, in their order.
    public func pieces(of call: Int64) throws(StoreError) -> [[UInt8]] {
        try connection.rows("SELECT piece FROM recordings WHERE call = ?1 ORDER BY place", .integer(call)) {
            $0.blob("piece")
        }
    }
}

extension Recordings<ReadWrite> {
    /// Adds a sealed piece.
    ///
    /// - Parameter place: 0 for the first, and so on.
    public func add(_ piece: [UInt8], at place: Int, of call: Int64) throws(StoreError) {
        try connection.execute(
            "INSERT INTO recordings (call, place, piece) VALUES (?1, ?2, ?3)", .integer(call), .integer(Int64(place)),
            .blob(piece))
    }

    /// Removes what is recorded of a call, from the disk too.
    public func remove(of call: Int64) throws(StoreError) {
        if try connection.execute("DELETE FROM recordings WHERE call = ?1", .integer(call)) > 0 {
            connection.leavesNoTrace()
        }
    }
}
