import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import SecureMemory

extension GatewayServices {
    /// Makes a device the person's active one; the former is told that it acts no more.
    func activate(
        _ tx: WriteTransaction, _ step: ActivationStep, for citizen: Citizen, _ effects: inout Effects
    ) throws(StoreError) {
        if let former = try tx.devices.active(of: citizen.id) {
            try deactivate(tx, former, subject: citizen.document.masked, outcome: "replaced")
            effects.devices.insert(former.id)
        }
        try tx.devices.activate(
            signingKey: step.signingKey, sealingKey: step.sealingKey, name: step.deviceName, for: citizen.id,
            at: now())
        try audit(tx, "activate device", subject: citizen.document.masked, outcome: "active")
    }

    /// Has a device take Cl@ve Mòbil requests too; what it acts for is granted anew.
    func upgrade(_ device: Device) throws(StoreError) -> Grant? {
        try store.write { (tx) throws(StoreError) in
            guard let person = try tx.citizens.find(id: device.citizen) else { return nil }
            if try tx.devices.upgrade(device.id) {
                try audit(tx, "upgrade device", subject: person.document.masked, outcome: "takes Mòbil too")
            }
            return grant(to: device, for: person)
        }
    }

    /// What a device that acts for a person was granted.
    func grant(to device: Device, for person: Citizen) -> Grant {
        Grant(
            name: person.name, document: person.document.text, level: person.effectiveLevel(at: now()).rawValue,
            activatedAt: UInt64(clamping: device.activatedAt))
    }

    /// Ends a device: nothing that waits for it is sent any more, but the word that it has ended.
    func deactivate(
        _ tx: WriteTransaction, _ device: Device, subject: String, by actor: Actor? = nil, outcome: String
    ) throws(StoreError) {
        try tx.devices.end(device.id)
        try push(
            tx, .deactivated, request: [], to: device, until: now() + 30 * 86_400)
        try audit(tx, "deactivate device", subject: subject, by: actor, outcome: outcome)
    }

    // MARK: Events

    /// Signs and seals an event, and stores it under the device's next number.
    func push(
        _ tx: WriteTransaction, _ event: Push.Event, request: [UInt8], to device: Device, until expiry: Int64
    ) throws(StoreError) {
        guard let sequence = try tx.devices.takeSequence(of: device.id) else { return }
        let push = Push(sequence: UInt64(clamping: sequence), event: event)
        guard let sealed = push.sealed(signingKey: device.signingKey, sealingKey: device.sealingKey, by: keys.signing)
        else { return }
        try tx.devices.add(
            DeviceEvent(sequence: sequence, request: request, sealed: sealed, expiresAt: expiry), to: device.id)
    }

    /// Takes back what was pushed about a request, and tells the device if it may have heard of it.
    func withdraw(
        _ tx: WriteTransaction, request: [UInt8], from citizen: Int64?, _ effects: inout Effects
    ) throws(StoreError) {
        try tx.devices.removeEvents(about: request)
        guard let citizen, let device = try tx.devices.active(of: citizen) else { return }
        let life = ClaveRules.pinLife.components.seconds
        try push(tx, .withdrawn(request), request: request, to: device, until: now() + life)
        effects.devices.insert(device.id)
    }

    /// How many events one call gives.
    static let eventsAtOnce = 100

    /// What a device has not heard: what is alive behind `sequence`, in order, at most ``eventsAtOnce``.
    func events(of device: Int64, after sequence: UInt64) throws(StoreError) -> [(sequence: UInt64, sealed: [UInt8])] {
        try store.read { (tx) throws(StoreError) in
            try tx.devices.events(
                of: device, after: Int64(clamping: sequence), at: now(), limit: Self.eventsAtOnce)
        }.map { (UInt64(clamping: $0.sequence), $0.sealed) }
    }

    /// Whether a device may listen.
    func isActive(_ device: Int64) -> Bool {
        let found = try? store.read { (tx) throws(StoreError) in try tx.devices.device(device) }
        return found?.isActive == true
    }
}
