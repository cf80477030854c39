public import ClaveDomain

/// Devices that act, or acted, for people. A person has one that acts; a signing key is one device's for ever.
public struct Devices<Access: StoreAccess> {
    let connection: any SQLConnection
}

extension StoreTransaction {
    /// Devices, and what waits for them.
    public var devices: Devices<Access> { Devices(connection: connection) }
}

/// A device that acts, or acted, for a person.
public struct Device: Equatable, Sendable {
    public let id: Int64
    /// Row number of the person; 0 where they were removed.
    public let citizen: Int64
    public let signingKey: [UInt8]
    public let sealingKey: [UInt8]
    /// As the person's agent calls it; empty where the person was removed.
    public let name: String
    public let isActive: Bool
    /// Seconds since 1970.
    public let activatedAt: Int64
    /// Number of the last event that was made for it.
    public let lastSequence: Int64
    /// Whether it was activated for Cl@ve PIN alone, and not upgraded yet.
    public let takesPINsOnly: Bool

    fileprivate init(_ row: any SQLRow) {
        id = row.integer("id")
        citizen = row.integer("citizen")
        signingKey = row.blob("signing_key")
        sealingKey = row.blob("sealing_key")
        name = row.text("name")
        isActive = row.flag("is_active")
        activatedAt = row.integer("activated_at")
        lastSequence = row.integer("last_sequence")
        takesPINsOnly = row.flag("takes_pins_only")
    }
}

/// A device, and whose it is.
public struct DeviceLine: Equatable, Sendable {
    public let id: Int64
    /// The person's row number.
    public let citizen: Int64
    public let document: String
    /// As the person's agent calls it.
    public let name: String
    public let isActive: Bool
    /// Seconds since 1970.
    public let activatedAt: Int64

    fileprivate init(_ row: any SQLRow) {
        id = row.integer("id")
        citizen = row.integer("citizen")
        document = row.text("document")
        name = row.text("name")
        isActive = row.flag("is_active")
        activatedAt = row.integer("activated_at")
    }
}

extension Devices {
    private static var columns: String {
        """
        SELECT id, citizen, signing_key, sealing_key, name, is_active, activated_at, last_sequence, takes_pins_only
        FROM devices
        """
    }

    /// The device of a number, active or not.
    public func device(_ id: Int64) throws(StoreError) -> Device? {
        try connection.first("\(Self.columns) WHERE id = ?1", .integer(id), decode: Device.init)
    }

    /// The device of a signing key, active or not.
    public func device(signingKey: [UInt8]) throws(StoreError) -> Device? {
        try connection.first("\(Self.columns) WHERE signing_key = ?1", .blob(signingKey), decode: Device.init)
    }

    /// A person's device that acts.
    public func active(of citizen: Int64) throws(StoreError) -> Device? {
        try connection.first(
            "\(Self.columns) WHERE citizen = ?1 AND is_active = \(Flag.yes)", .integer(citizen), decode: Device.init)
    }

    // MARK: Lists

    private static var lines: String {
        """
        SELECT devices.id AS id, citizen, document, devices.name AS name, is_active, activated_at
        FROM devices JOIN citizens ON citizens.id = citizen
        """
    }

    /// A person's devices, the oldest first.
    public func lines(of citizen: Int64) throws(StoreError) -> [DeviceLine] {
        try connection.rows(
            "\(Self.lines) WHERE citizen = ?1 ORDER BY devices.id", .integer(citizen), decode: DeviceLine.init)
    }

    /// Devices of people, the newest first.
    ///
    /// - Parameters:
    ///   - document: of whom; nil for everybody.
    ///   - isActive: only those that act.
    ///   - limit: how many; the newest.
    public func lines(
        of document: NationalDocument?, isActive: Bool, limit: Int
    ) throws(StoreError) -> [DeviceLine] {
        try connection.rows(
            """
            \(Self.lines) WHERE (?1 IS NULL OR document = ?1) AND is_active >= ?2
            ORDER BY devices.id DESC LIMIT ?3
            """, .text(document?.text), .flag(isActive), .integer(Int64(limit)), decode: DeviceLine.init)
    }
}

extension Devices<ReadWrite> {
    /// Adds a device that acts for a person. Their former one must have ended.
    ///
    /// - Parameters:
    ///   - name: as the person's agent calls it.
    ///   - now: seconds since 1970.
    /// - Returns: its number.
    /// - Throws: a ``StoreError`` of ``UniqueKey/deviceKey`` or ``UniqueKey/activeDevice``.
    @discardableResult
    public func activate(
        signingKey: [UInt8], sealingKey: [UInt8], name: String, for citizen: Int64, at now: Int64
    ) throws(StoreError) -> Int64 {
        let id = try connection.first(
            """
            INSERT INTO devices (citizen, signing_key, sealing_key, name, is_active, activated_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id
            """, .integer(citizen), .blob(signingKey), .blob(sealingKey), .text(name), .flag(true),
            .integer(now)
        ) { $0.integer("id") }
        return id ?? 0
    }

    /// Has a device take Cl@ve Mòbil requests too; false if it does already.
    public func upgrade(_ id: Int64) throws(StoreError) -> Bool {
        try connection.execute(
            """
            UPDATE devices SET takes_pins_only = \(Flag.no) WHERE id = ?1 AND takes_pins_only = \(Flag.yes)
            """, .integer(id)) == 1
    }

    /// Ends a device; what waits for it goes.
    public func end(_ id: Int64) throws(StoreError) {
        try connection.execute("UPDATE devices SET is_active = \(Flag.no) WHERE id = ?1", .integer(id))
        try connection.execute("DELETE FROM events WHERE device = ?1", .integer(id))
    }

    /// Takes a person's name from their devices, which stay until they have heard that they act no more.
    public func forget(_ citizen: Int64) throws(StoreError) {
        try connection.execute("UPDATE devices SET citizen = NULL, name = '' WHERE citizen = ?1", .integer(citizen))
    }

    /// Removes devices of removed people for which nothing waits any more.
    public func removeForgotten() throws(StoreError) {
        try connection.execute("DELETE FROM devices WHERE citizen IS NULL AND id NOT IN (SELECT device FROM events)")
    }
}
