import ClaveDomain
public import GatewayAPI
public import GatewayStore
import SecureMemory

/// Which device acts for a person, and what devices hear of: signed and sealed events, in the caller's write.
public struct DeviceEvents: Sendable {
    /// Seconds for which the word that a device has ended waits for it.
    private static let endLife: Int64 = 30 * 86_400

    private let keys: GatewayKeys
    private let clock: Clock
    private let audit: AuditWriter

    public init(keys: GatewayKeys, clock: Clock, audit: AuditWriter) {
        self.keys = keys
        self.clock = clock
        self.audit = audit
    }

    // MARK: Devices

    /// Makes a device the person's active one; the former is told that it acts no more.
    public func activate(
        _ tx: WriteTransaction, _ step: ActivationStep, for citizen: Citizen, _ effects: inout Effects
    ) throws(StoreError) {
        if let former = try tx.devices.active(of: citizen.id) {
            try deactivate(tx, former, subject: citizen.document.masked, outcome: "replaced", &effects)
        }
        try tx.devices.activate(
            signingKey: step.signingKey, sealingKey: step.sealingKey, name: step.deviceName, for: citizen.id,
            at: clock.now())
        try audit.record(tx, "activate device", subject: citizen.document.masked, outcome: "active")
    }

    /// Ends a device: nothing that waits for it is sent any more, but the word that it has ended.
    ///
    /// - Parameters:
    ///   - subject: the person's starred document.
    ///   - actor: who ends it; nil for the person.
    public func deactivate(
        _ tx: WriteTransaction, _ device: Device, subject: String, by actor: Actor? = nil, outcome: String,
        _ effects: inout Effects
    ) throws(StoreError) {
        try tx.devices.end(device.id)
        try push(tx, .deactivated, request: [], to: device, until: clock.now() + Self.endLife, &effects)
        try audit.record(tx, "deactivate device", subject: subject, by: actor, outcome: outcome)
    }

    /// What a device that acts for a person was granted.
    public func grant(to device: Device, for person: Citizen) -> Grant {
        grant(person, activatedAt: device.activatedAt)
    }

    /// What a device is granted that acts for a person from now on.
    public func grant(_ person: Citizen) -> Grant { grant(person, activatedAt: clock.now()) }

    private func grant(_ person: Citizen, activatedAt: Int64) -> Grant {
        Grant(
            name: person.name, document: person.document.text, level: person.effectiveLevel(at: clock.now()).rawValue,
            activatedAt: UInt64(clamping: activatedAt))
    }

    // MARK: Events

    /// Signs and seals an event, and stores it under the device's next number.
    ///
    /// - Parameters:
    ///   - request: what it is about; empty for nothing.
    ///   - expiry: until when the device may hear of it, in seconds since 1970.
    public func push(
        _ tx: WriteTransaction, _ event: Push.Event, request: [UInt8], to device: Device, until expiry: Int64,
        _ effects: inout Effects
    ) throws(StoreError) {
        effects.devices.insert(device.id)
        guard let sequence = try tx.devices.takeSequence(of: device.id) else { return }
        let push = Push(sequence: UInt64(clamping: sequence), event: event)
        guard let sealed = push.sealed(signingKey: device.signingKey, sealingKey: device.sealingKey, by: keys.signing)
        else { return }
        try tx.devices.add(
            DeviceEvent(sequence: sequence, request: request, sealed: sealed, expiresAt: expiry), to: device.id)
    }

    /// Does the work of a push, and pushes nothing: what wrong data bring about takes as long as what right ones do.
    public func pretend(_ event: Push.Event) {
        _ = Push(sequence: 0, event: event).sealed(
            signingKey: keys.signing.publicKey, sealingKey: keys.sealing.publicKey, by: keys.signing)
    }

    /// Takes back what was pushed about a request, and tells the person's device if it may have heard of it.
    ///
    /// - Parameter citizen: whose request it is; nil for nobody's.
    public func withdraw(
        _ tx: WriteTransaction, request: [UInt8], from citizen: Int64?, _ effects: inout Effects
    ) throws(StoreError) {
        try tx.devices.removeEvents(about: request)
        guard let citizen, let device = try tx.devices.active(of: citizen) else { return }
        let life = ClaveRules.pinLife.components.seconds
        try push(tx, .withdrawn(request), request: request, to: device, until: clock.now() + life, &effects)
    }
}
