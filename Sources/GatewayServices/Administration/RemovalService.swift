public import ClaveDomain
public import GatewayStore

/// Why somebody is removed.
public enum RemovalReason: String, Sendable, CaseIterable {
    /// They have died: nobody is to register in their name, so the census forgets them too.
    case death
    /// They don't want to be in Cl@ve; they may register again.
    case renunciation
}

/// Removing people: nothing of theirs stays but the audit's starred lines.
public struct RemovalService: Sendable {
    private let keys: GatewayKeys
    private let audit: AuditWriter
    private let administration: Administration
    private let devices: DeviceEvents
    private let messages: MessageQueue
    private let outboxes: Outboxes

    public init(
        keys: GatewayKeys, audit: AuditWriter, administration: Administration, devices: DeviceEvents,
        messages: MessageQueue, outboxes: Outboxes
    ) {
        self.keys = keys
        self.audit = audit
        self.administration = administration
        self.devices = devices
        self.messages = messages
        self.outboxes = outboxes
    }

    /// Removes a person; their device is told first.
    ///
    /// - Parameter version: of the record as it was seen; nil for whatever it is.
    public func remove(
        _ document: NationalDocument, _ reason: RemovalReason, version: Int64? = nil, by actor: Actor
    ) throws(StoreError) -> ActOutcome {
        try administration.act(by: actor, on: document, version: version) { (tx, person, effects) throws(StoreError) in
            try remove(tx, person, by: actor, outcome: reason.rawValue, &effects)
            if reason == .death {
                try tx.census.remove(document)
            } else {
                try tell(tx, person, &effects)
            }
            return .done
        }
    }

    /// Removes the person for whom a device acts, at their own word.
    ///
    /// - Parameter address: the network address of their agent.
    public func renounce(by device: Device, address: String) throws(StoreError) {
        let actor = Actor.person(address: address)
        _ = try administration.act(by: actor) { (tx, effects) throws(StoreError) in
            guard let person = try tx.citizens.find(id: device.citizen) else { return .notFound }
            try remove(tx, person, by: actor, outcome: RemovalReason.renunciation.rawValue, &effects)
            try tell(tx, person, &effects)
            return .done
        }
    }

    // MARK: In the caller's write

    /// Queues the message that tells a person that they were removed: all that is left of them, for a day at most.
    func tell(_ tx: WriteTransaction, _ person: Citizen, _ effects: inout Effects) throws(StoreError) {
        try messages.queue(
            tx, Texts(language: person.language).removedMessage, to: person.phone, about: person.document, &effects)
    }

    /// Removes all rows of a person, what waits for them, and their files. Their devices stay without a name until they have
    /// been told.
    func remove(
        _ tx: WriteTransaction, _ person: Citizen, by actor: Actor?, outcome: String, _ effects: inout Effects
    ) throws(StoreError) {
        if let device = try tx.devices.active(of: person.id) {
            try devices.deactivate(
                tx, device, subject: person.document.masked, by: actor, outcome: "person removed", &effects)
        }
        tx.leavesNoTrace()
        try tx.devices.forget(person.id)
        try tx.visits.removeAll(of: person.id)
        try tx.activations.removeAll(of: person.id)
        try tx.emails.remove(of: person.id)
        try tx.registrations.removeAll(of: person.document)
        let subject = keys.waitingSubject(person.document)
        try tx.errands.removeAll(about: subject)
        try tx.messages.removeAll(about: subject)
        // Their files, which the printer alone knows, are named until it has removed them.
        if try tx.letters.discardAll(of: person.document) { effects.hasPost = true }
        try tx.calls.remove(of: person.document)
        try tx.calls.forgetHolder(person.document)
        try tx.citizens.remove(person.id)
        // Before the commit: whoever is removed has no file any more.
        outboxes.forget([person.phone.text, person.email])
        try audit.record(tx, "remove", subject: person.document.masked, by: actor, outcome: outcome)
    }
}
