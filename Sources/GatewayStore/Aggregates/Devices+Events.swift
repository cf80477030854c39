/// What waits for a device, sealed to it: the table `events`.
public struct DeviceEvent: Equatable, Sendable {
    /// Its number among the device's; they have no order else.
    public let sequence: Int64
    /// Names the request that it is about; empty for none.
    public let request: [UInt8]
    /// For the device alone.
    public let sealed: [UInt8]
    /// From when on it is not sent any more, seconds since 1970.
    public let expiresAt: Int64

    public init(sequence: Int64, request: [UInt8], sealed: [UInt8], expiresAt: Int64) {
        self.sequence = sequence
        self.request = request
        self.sealed = sealed
        self.expiresAt = expiresAt
    }

    fileprivate init(_ row: any SQLRow) {
        sequence = row.integer("sequence")
        request = row.blob("request")
        sealed = row.blob("sealed")
        expiresAt = row.integer("expires_at")
    }
}

extension Devices {
    /// What waits for a device behind a number, in order.
    ///
    /// - Parameter now: seconds since 1970.
    public func events(
        of device: Int64, after sequence: Int64, at now: Int64, limit: Int
    ) throws(StoreError) -> [DeviceEvent] {
        try connection.rows(
            """
            SELECT sequence, request, sealed, expires_at FROM events
            WHERE device = ?1 AND sequence > ?2 AND expires_at > ?3 ORDER BY sequence LIMIT ?4
            """, .integer(device), .integer(sequence), .integer(now), .integer(Int64(limit)), decode: DeviceEvent.init)
    }
}

extension Devices<ReadWrite> {
    /// Takes the device's next number for an event; nil if there is no such device.
    public func takeSequence(of device: Int64) throws(StoreError) -> Int64? {
        try connection.first(
            "UPDATE devices SET last_sequence = last_sequence + 1 WHERE id = ?1 RETURNING last_sequence",
            .integer(device)
        ) { $0.integer("last_sequence") }
    }

    /// Has an event wait for a device.
    public func add(_ event: DeviceEvent, to device: Int64) throws(StoreError) {
        try connection.execute(
            "INSERT INTO events (device, sequence, request, sealed, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            .integer(device), .integer(event.sequence), .blob(event.request), .blob(event.sealed),
            .integer(event.expiresAt))
    }

    /// Removes what waits about a request, for whichever device.
    public func removeEvents(about request: [UInt8]) throws(StoreError) {
        try connection.execute("DELETE FROM events WHERE request = ?1", .blob(request))
    }

    /// Removes what waits about a request for a device; false if nothing did.
    public func removeEvents(about request: [UInt8], of device: Int64) throws(StoreError) -> Bool {
        try connection.execute(
            "DELETE FROM events WHERE device = ?1 AND request = ?2", .integer(device), .blob(request)) > 0
    }

    /// Removes what is not sent any more.
    ///
    /// - Parameter now: seconds since 1970.
    public func removeExpiredEvents(at now: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM events WHERE expires_at < ?1", .integer(now))
    }
}
