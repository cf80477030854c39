import ClaveDomain
public import GatewayAPI
public import GatewayStore

/// What agents do with the device for which they speak, and what its stream of events asks.
public struct DeviceService: Sendable {
    /// How many events one call of ``events(of:after:)`` gives.
    public static let eventsAtOnce = 100

    private let database: Database
    private let devices: DeviceEvents
    private let clock: Clock
    private let audit: AuditWriter

    public init(_ database: Database, devices: DeviceEvents, clock: Clock, audit: AuditWriter) {
        self.database = database
        self.devices = devices
        self.clock = clock
        self.audit = audit
    }

    /// The device of a signing key, if it acts for somebody.
    public func active(signingKey: [UInt8]) throws(StoreError) -> Result<Device, Refusal> {
        let found = try database.read { (tx) throws(StoreError) in try tx.devices.device(signingKey: signingKey) }
        guard let found else { return .failure(Refusal(.unknownDevice)) }
        return found.isActive ? .success(found) : .failure(Refusal(.deactivated))
    }

    /// Has a device take Cl@ve Mòbil requests too.
    ///
    /// - Returns: what it acts for, granted anew; nil if its person is no more.
    public func upgrade(_ device: Device) throws(StoreError) -> Grant? {
        try database.write { (tx, _) throws(StoreError) in
            guard let person = try tx.citizens.find(id: device.citizen) else { return nil }
            if try tx.devices.upgrade(device.id) {
                try audit.record(tx, "upgrade device", subject: person.document.masked, outcome: "takes Mòbil too")
            }
            return devices.grant(to: device, for: person)
        }
    }

    /// Ends a device at its own word.
    public func deactivate(_ device: Device) throws(StoreError) {
        try database.write { (tx, _) throws(StoreError) in
            let person = try tx.citizens.find(id: device.citizen)
            // The device knows: its stream is not woken.
            var unheard = Effects()
            try devices.deactivate(
                tx, device, subject: person?.document.masked ?? "", outcome: "by the person", &unheard)
        }
    }

    /// Forgets what was pushed to a device about a request, which it has shown.
    public func forget(_ request: [UInt8], of device: Device) throws(StoreError) {
        try database.write { (tx, _) throws(StoreError) in
            // Said again, it is no news.
            guard try tx.devices.removeEvents(about: request, of: device.id) else { return }
            let person = try tx.citizens.find(id: device.citizen)
            try audit.record(tx, "PIN", subject: person?.document.masked ?? "", outcome: "shown")
        }
    }

    // MARK: Events

    /// What a device has not heard: what is alive behind `sequence`, in order, at most ``eventsAtOnce``.
    public func events(
        of device: Int64, after sequence: UInt64
    ) throws(StoreError) -> [(sequence: UInt64, sealed: [UInt8])] {
        try database.read { (tx) throws(StoreError) in
            try tx.devices.events(
                of: device, after: Int64(clamping: sequence), at: clock.now(), limit: Self.eventsAtOnce)
        }.map { (UInt64(clamping: $0.sequence), $0.sealed) }
    }

    /// Whether a device may listen.
    public func isActive(_ device: Int64) -> Bool {
        let found = try? database.read { (tx) throws(StoreError) in try tx.devices.device(device) }
        return found?.isActive == true
    }
}
