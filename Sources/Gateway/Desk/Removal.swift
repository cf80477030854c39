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
                try tellRemoved(database, person, &after)
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
            try tellRemoved(database, person, &after)
            return .done
        }
    }

    /// Queues the message that tells a person that they were removed: all that is left of them, for a day at most.
    func tellRemoved(_ database: Database, _ person: Citizen, _ after: inout Aftermath) throws(StoreError) {
        try queue(
            database, Texts(language: person.language).removedMessage, to: person.phone, about: person.document, &after)
    }

    /// Removes all rows of a person, in the caller's write, what waits for them, and their files. Their devices stay without
    /// a name until they have been told.
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
        let subject = Value.blob(waitingSubject(person.document))
        try database.run("DELETE FROM errands WHERE subject = ?", subject)
        try database.run("DELETE FROM messages WHERE subject = ?", subject)
        try discardLetters(database, of: document, &after)
        try database.run("DELETE FROM recordings WHERE call IN (SELECT id FROM calls WHERE document = ?)", document)
        try database.run("DELETE FROM calls WHERE document = ?", document)
        try forgetOperator(database, document)
        try database.run("DELETE FROM citizens WHERE id = ?", id)
        // Before the commit: whoever is removed has no file any more.
        forgetFiles(to: [person.phone.text, person.email])
        try audit(database, "remove", subject: person.document.masked, by: actor, outcome: outcome)
    }

    /// Deletes a person's letters. Their files, which the printer alone knows, are named until it has removed them.
    private func discardLetters(
        _ database: Database, of document: Value, _ after: inout Aftermath
    ) throws(StoreError) {
        try database.run(
            "INSERT OR IGNORE INTO discarded_letters SELECT id FROM letters WHERE document = ?", document)
        if database.changes > 0 { after.hasPost = true }
        try database.run("DELETE FROM letters WHERE document = ?", document)
    }

    /// Takes an operator's name from the calls of others: one that they hold goes back to the line.
    private func forgetOperator(_ database: Database, _ document: Value) throws(StoreError) {
        try giveBack(database, "holder_document = ?", document)
        try database.run("UPDATE calls SET holder = 0, holder_document = '' WHERE holder_document = ?", document)
    }

    /// Removes what the sandbox has sent to these addresses.
    func forgetFiles(to addresses: [String]) {
        let known = addresses.filter { !$0.isEmpty }
        for folder in settings.outboxes { Outbox(folder: folder).forget(known) }
    }

    /// Whether a person who signed in is still registered, as the same.
    func isRegistered(_ login: Login) throws(StoreError) -> Bool {
        try store.read { (database) throws(StoreError) in
            try citizen(database, id: login.citizen)?.document == login.document
        }
    }
}
