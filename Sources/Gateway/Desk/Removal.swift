import ClaveDomain
import GatewayServices
import GatewayStore

/// Removing people: nothing of theirs stays but the audit's starred lines.
extension GatewayServices {
    /// Why somebody is removed.
    enum RemovalReason: String, Sendable, CaseIterable {
        /// They have died: nobody is to register in their name, so the census forgets them too.
        case death
        /// They don't want to be in Cl@ve; they may register again.
        case renunciation
    }

    /// Removes a person; their device is told first.
    func remove(
        _ document: NationalDocument, _ reason: RemovalReason, version: Int64? = nil, by actor: Actor
    ) throws(StoreError) -> ActOutcome {
        try act(by: actor, on: document, version: version) { (tx, person, effects) throws(StoreError) in
            try remove(tx, person, by: actor, outcome: reason.rawValue, &effects)
            if reason == .death {
                try tx.census.remove(document)
            } else {
                try tellRemoved(tx, person, &effects)
            }
            return .done
        }
    }

    /// Removes the person for whom a device acts, at their own word.
    func renounce(by device: Device, address: String) throws(StoreError) {
        let actor = Actor.person(address: address)
        _ = try act(by: actor) { (tx, effects) throws(StoreError) in
            guard let person = try tx.citizens.find(id: device.citizen) else { return .notFound }
            try remove(tx, person, by: actor, outcome: RemovalReason.renunciation.rawValue, &effects)
            try tellRemoved(tx, person, &effects)
            return .done
        }
    }

    /// Queues the message that tells a person that they were removed: all that is left of them, for a day at most.
    func tellRemoved(_ tx: WriteTransaction, _ person: Citizen, _ effects: inout Effects) throws(StoreError) {
        try messages.queue(
            tx, Texts(language: person.language).removedMessage, to: person.phone, about: person.document, &effects)
    }

    /// Removes all rows of a person, in the caller's write, what waits for them, and their files. Their devices stay without
    /// a name until they have been told.
    func remove(
        _ tx: WriteTransaction, _ person: Citizen, by actor: Actor?, outcome: String, _ effects: inout Effects
    ) throws(StoreError) {
        if let device = try tx.devices.active(of: person.id) {
            try deviceEvents.deactivate(
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
        try audit(tx, "remove", subject: person.document.masked, by: actor, outcome: outcome)
    }

    /// Whether a person who signed in is still registered, as the same.
    func isRegistered(_ login: Login) throws(StoreError) -> Bool {
        try store.read { (tx) throws(StoreError) in
            try tx.citizens.find(id: login.citizen)?.document == login.document
        }
    }
}
