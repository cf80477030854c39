import ClaveDomain

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
        try act(by: actor, on: document, version: version) { (database, person, after) throws(StoreError) in
            try remove(database, person, by: actor, outcome: reason.rawValue, &after)
            if reason == .death {
                try database.run("DELETE FROM census WHERE document = ?", .text(document.text))
            } else {
                try queue(database, Texts(language: person.language).removedMessage, to: person.phone, &after)
            }
            return .done
        }
    }

    /// Removes the person for whom a device acts, at their own word.
    func renounce(by device: Device, address: String) throws(StoreError) {
        let actor = Actor.person(address: address)
        _ = try act(by: actor) { (database, after) throws(StoreError) in
            guard let person = try citizen(database, id: device.citizen) else { return .notFound }
            try remove(database, person, by: actor, outcome: RemovalReason.renunciation.rawValue, &after)
            try queue(database, Texts(language: person.language).removedMessage, to: person.phone, &after)
            return .done
        }
    }

    /// Removes all rows of a person, in the caller's write. Their devices stay without a name until they have been told.
    func remove(
        _ database: Database, _ person: Citizen, by actor: Actor?, outcome: String, _ after: inout Aftermath
    ) throws(StoreError) {
        let (id, document) = (Value.integer(person.id), Value.text(person.document.text))
        if let device = try activeDevice(database, of: person.id) {
            try deactivate(database, device, subject: person.document.masked, by: actor, outcome: "person removed")
            after.news.append(device.id)
        }
        database.leavesNoTrace()
        try database.run("UPDATE devices SET citizen = NULL, name = '' WHERE citizen = ?", id)
        try database.run("DELETE FROM transactions WHERE citizen = ?", id)
        try database.run("DELETE FROM activations WHERE citizen = ?", id)
        try database.run("DELETE FROM emails WHERE citizen = ?", id)
        try database.run("DELETE FROM registrations WHERE document = ?", document)
        try database.run("DELETE FROM letters WHERE document = ?", document)
        try database.run("DELETE FROM recordings WHERE call IN (SELECT id FROM calls WHERE document = ?)", document)
        try database.run("DELETE FROM calls WHERE document = ?", document)
        try database.run("DELETE FROM citizens WHERE id = ?", id)
        try audit(database, "remove", subject: person.document.masked, by: actor, outcome: outcome)
    }

    /// Whether a person who signed in is still registered, as the same.
    func isRegistered(_ login: Login) throws(StoreError) -> Bool {
        try store.read { (database) throws(StoreError) in
            try citizen(database, id: login.citizen)?.document == login.document
        }
    }
}
