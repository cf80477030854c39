import ClaveDomain
import GatewayAPI
import GatewayStore
import SecureMemory

/// A device that acts, or acted, for a person.
struct Device: Equatable, Sendable {
    let id: Int64
    let citizen: Int64
    let signingKey: [UInt8]
    let sealingKey: [UInt8]
    let isActive: Bool
    /// Whether it was activated for Cl@ve PIN alone, and not upgraded yet.
    var takesPINsOnly = false
}

extension GatewayServices {
    /// The device of a signing key, active or not.
    func device(_ tx: StoreTransaction<some StoreAccess>, signingKey: [UInt8]) throws(StoreError) -> Device? {
        try tx.run("\(Self.deviceColumns) WHERE signing_key = ?", .blob(signingKey)).first.map(Self.device)
    }

    /// A person's active device.
    func activeDevice(_ tx: StoreTransaction<some StoreAccess>, of citizen: Int64) throws(StoreError) -> Device? {
        try tx.run("\(Self.deviceColumns) WHERE citizen = ? AND is_active = 1", .integer(citizen)).first
            .map(Self.device)
    }

    private static let deviceColumns =
        "SELECT id, citizen, signing_key, sealing_key, is_active, takes_pins_only FROM devices"

    private static func device(_ row: [SQLValue]) -> Device {
        Device(
            id: row.integer(0), citizen: row.integer(1), signingKey: row.blob(2), sealingKey: row.blob(3),
            isActive: row.integer(4) == 1, takesPINsOnly: row.integer(5) == 1)
    }

    /// Makes a device the person's active one; the former is told that it acts no more.
    ///
    /// - Returns: devices that have news.
    func activate(
        _ tx: WriteTransaction, _ step: ActivationStep, for citizen: Citizen
    ) throws(StoreError) -> [Int64] {
        var news: [Int64] = []
        if let former = try activeDevice(tx, of: citizen.id) {
            try deactivate(tx, former, subject: citizen.document.masked, outcome: "replaced")
            news.append(former.id)
        }
        try tx.run(
            """
            INSERT INTO devices (citizen, signing_key, sealing_key, name, is_active, activated_at)
            VALUES (?, ?, ?, ?, 1, ?)
            """, .integer(citizen.id), .blob(step.signingKey), .blob(step.sealingKey), .text(step.deviceName),
            .integer(now()))
        try audit(tx, "activate device", subject: citizen.document.masked, outcome: "active")
        return news
    }

    /// Has a device take Cl@ve Mòbil requests too; what it acts for is granted anew.
    func upgrade(_ device: Device) throws(StoreError) -> Grant? {
        try store.write { (tx) throws(StoreError) in
            guard let person = try citizen(tx, id: device.citizen) else { return nil }
            if device.takesPINsOnly {
                try tx.run("UPDATE devices SET takes_pins_only = 0 WHERE id = ?", .integer(device.id))
                try audit(tx, "upgrade device", subject: person.document.masked, outcome: "takes Mòbil too")
            }
            return try grant(tx, to: device, for: person)
        }
    }

    /// What a device that acts for a person was granted.
    func grant(_ tx: StoreTransaction<some StoreAccess>, to device: Device, for person: Citizen) throws(StoreError)
        -> Grant
    {
        let row = try tx.run("SELECT activated_at FROM devices WHERE id = ?", .integer(device.id))[0]
        return Grant(
            name: person.name, document: person.document.text, level: person.effectiveLevel(at: now()).rawValue,
            activatedAt: UInt64(clamping: row.integer(0)))
    }

    /// Ends a device: nothing that waits for it is sent any more, but the word that it has ended.
    func deactivate(
        _ tx: WriteTransaction, _ device: Device, subject: String, by actor: Actor? = nil, outcome: String
    ) throws(StoreError) {
        try tx.run("UPDATE devices SET is_active = 0 WHERE id = ?", .integer(device.id))
        try tx.run("DELETE FROM events WHERE device = ?", .integer(device.id))
        try push(
            tx, .deactivated, request: [], to: device, until: now() + 30 * 86_400)
        try audit(tx, "deactivate device", subject: subject, by: actor, outcome: outcome)
    }

    // MARK: Events

    /// Signs and seals an event, and stores it under the device's next number.
    func push(
        _ tx: WriteTransaction, _ event: Push.Event, request: [UInt8], to device: Device, until expiry: Int64
    ) throws(StoreError) {
        try tx.run("UPDATE devices SET last_sequence = last_sequence + 1 WHERE id = ?", .integer(device.id))
        let row = try tx.run("SELECT last_sequence FROM devices WHERE id = ?", .integer(device.id))[0]
        let push = Push(sequence: UInt64(row.integer(0)), event: event)
        guard let sealed = push.sealed(signingKey: device.signingKey, sealingKey: device.sealingKey, by: keys.signing)
        else { return }
        try tx.run(
            "INSERT INTO events (device, sequence, request, sealed, expires_at) VALUES (?, ?, ?, ?, ?)",
            .integer(device.id), .integer(row.integer(0)), .blob(request), .blob(sealed), .integer(expiry))
    }

    /// Takes back what was pushed about a request, and tells the device if it may have heard of it.
    ///
    /// - Returns: devices that have news.
    func withdraw(_ tx: WriteTransaction, request: [UInt8], from citizen: Int64?) throws(StoreError) -> [Int64] {
        try tx.run("DELETE FROM events WHERE request = ?", .blob(request))
        guard let citizen, let device = try activeDevice(tx, of: citizen) else { return [] }
        let life = ClaveRules.pinLife.components.seconds
        try push(tx, .withdrawn(request), request: request, to: device, until: now() + life)
        return [device.id]
    }

    /// How many events one call gives.
    static let eventsAtOnce = 100

    /// What a device has not heard: what is alive behind `sequence`, in order, at most ``eventsAtOnce``.
    func events(of device: Int64, after sequence: UInt64) throws(StoreError) -> [(sequence: UInt64, sealed: [UInt8])] {
        try store.read { (tx) throws(StoreError) in
            try tx.run(
                """
                SELECT sequence, sealed FROM events WHERE device = ? AND sequence > ? AND expires_at > ?
                ORDER BY sequence LIMIT \(Self.eventsAtOnce)
                """, .integer(device), .integer(Int64(clamping: sequence)), .integer(now())
            ).map { (UInt64($0.integer(0)), $0.blob(1)) }
        }
    }

    /// Whether a device may listen.
    func isActive(_ device: Int64) -> Bool {
        let rows = try? store.read { (tx) throws(StoreError) in
            try tx.run("SELECT is_active FROM devices WHERE id = ?", .integer(device))
        }
        return rows?.first?.integer(0) == 1
    }
}
