import ClaveDomain
import GatewayAPI
import GatewayStore
import Localization
import SecureMemory

/// The end of every registration: phone, e-mail, the phone's code, and with it the person is registered.
extension GatewayServices {
    private static let registrationAct = "registration"

    /// What is known of a session whose person has proved who they are.
    private struct Pending {
        let proof: Proof
        let phone: PhoneNumber?
        let email: String
        let language: String
        let digest: [UInt8]
        let triesLeft: Int64
    }

    /// Whether the person who has proved who they are is registered already.
    func state(_ step: ActivationStep) throws(StoreError) -> StepOutcome {
        try store.read { (tx) throws(StoreError) in
            guard let pending = try pending(tx, step) else { return reply(step, .over) }
            guard let person = try citizen(tx, pending.proof.document) else { return reply(step, .accepted) }
            return reply(step, .alreadyRegistered, Int64(person.level.rawValue))
        }
    }

    /// Takes phone and e-mail, and sends a code to the phone.
    func takeContact(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let data = Self.decoded(step.body, ContactData.self), let phone = try? PhoneNumber(parsing: data.phone),
            let email = try? EmailAddress(parsing: data.email), let asked = Self.asked(data.person)
        else { return .refusal(Refusal(.malformed)) }
        let code = randomDigits(ClaveRules.smsCodeDigits)
        var after = Aftermath()
        let outcome = try store.write { (tx) throws(StoreError) -> StepOutcome in
            guard let pending = try pending(tx, step), asked.document == pending.proof.document else {
                return reply(step, .over)
            }
            if let seconds = try countMessage(tx, to: phone, address) { return reply(step, .tooMany, seconds) }
            let known = try known(tx, pending.proof)
            guard known == nil || known == asked.datum else { return reply(step, .wrong) }
            try tx.run(
                """
                UPDATE registrations SET phone = ?, email = ?, language = ?, datum_kind = ?, datum = ?, code = ?,
                tries_left = ?, code_expires_at = ? WHERE session = ?
                """, .text(phone.text), .text(email.text), .text(Self.language(asked.language)),
                .text(asked.datum.kindName), .text(asked.datum.canonicalText),
                .blob(keys.digest(code, for: "registration code", of: step.session)),
                .integer(Int64(ClaveRules.smsCodeTries)),
                .integer(now() + ClaveRules.smsCodeLife.components.seconds), .blob(step.session))
            try audit(
                tx, Self.registrationAct, subject: asked.document.masked, address: address, outcome: "code sent")
            let text = Texts(language: asked.language).registrationMessage(String(decoding: code, as: UTF8.self))
            let expiry = now() + ClaveRules.smsCodeLife.components.seconds
            try queue(tx, text, to: phone, about: asked.document, until: expiry, &after)
            return reply(step, .accepted)
        }
        carryOut(after)
        return outcome
    }

    /// Takes the phone's code: with the right one the person is registered, and if they want it, this device is theirs.
    func confirmContact(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let proof = Self.decoded(step.body, PhoneProof.self), let code = Self.bytes(proof.code) else {
            return .refusal(Refusal(.malformed))
        }
        var after = Aftermath()
        let outcome = try store.write { (tx) throws(StoreError) -> StepOutcome in
            guard let pending = try pending(tx, step), let phone = pending.phone, pending.triesLeft > 0 else {
                return reply(step, .over)
            }
            let digest = keys.digest(code, for: "registration code", of: step.session)
            guard constantTimeEqual(unsafe digest.span.bytes, unsafe pending.digest.span.bytes) else {
                return try countWrongCode(tx, step, pending, address)
            }
            let registered = try citizen(tx, pending.proof.document)
            guard try !isTaken(tx, phone, besides: registered?.id ?? 0) else { return reply(step, .phoneTaken) }
            if let registered {
                guard pending.proof.level == .advanced else {
                    return reply(step, .alreadyRegistered, Int64(registered.level.rawValue))
                }
                try changeContact(tx, step, pending, registered, phone, address, &after)
                return reply(step, .accepted)
            }
            guard let person = try enter(tx, step, pending, phone, address) else { return reply(step, .over) }
            try queue(
                tx, Texts(language: person.language).welcomeMessage, to: person.phone, about: person.document,
                &after)
            after.hasPost = true
            let body = Self.registrationBody(.accepted)
            return proof.activates
                ? try grant(tx, step, for: person, body, news: &after.news) : reply(step, body)
        }
        carryOut(after)
        return outcome
    }

    /// Makes the device that of the person who has proved by a certificate that they are the registered one.
    func activateRegistered(_ step: ActivationStep) throws(StoreError) -> StepOutcome {
        var news: [Int64] = []
        let outcome = try store.write { (tx) throws(StoreError) -> StepOutcome in
            guard let pending = try pending(tx, step), pending.proof.level == .advanced,
                let person = try citizen(tx, pending.proof.document)
            else { return reply(step, .over) }
            try tx.run("DELETE FROM registrations WHERE session = ?", .blob(step.session))
            return try grant(tx, step, for: person, Self.registrationBody(.accepted), news: &news)
        }
        for device in news { tellNews(of: device) }
        return outcome
    }

    // MARK: Steps

    /// The contrast datum of who has proved who they are, as far as it is known.
    private func known(_ tx: StoreTransaction<some StoreAccess>, _ proof: Proof) throws(StoreError) -> ContrastDatum? {
        if let person = try citizen(tx, proof.document) { return person.datum }
        return try listed(tx, proof.document)?.datum ?? proof.datum
    }

    /// Changes where a registered person can be reached, at the word of their certificate; the former phone is told.
    private func changeContact(
        _ tx: WriteTransaction, _ step: ActivationStep, _ pending: Pending, _ person: Citizen, _ phone: PhoneNumber,
        _ address: String, _ after: inout Aftermath
    ) throws(StoreError) {
        let names = try apply(tx, person, Changes(phone: phone, email: pending.email), &after)
        try tx.run("DELETE FROM registrations WHERE session = ?", .blob(step.session))
        try audit(
            tx, "change", subject: person.document.masked, by: .person(address: address),
            outcome: names.isEmpty ? "nothing" : names.joined(separator: ", "))
    }

    private func pending(_ tx: StoreTransaction<some StoreAccess>, _ step: ActivationStep) throws(StoreError)
        -> Pending?
    {
        guard step.session.count == GatewayLimits.identifier else { return nil }
        let row = try tx.run(
            """
            SELECT way, document, name, level, datum_kind, datum, letter, phone, email, language, code, tries_left,
            code_expires_at FROM registrations
            WHERE session = ? AND signing_key = ? AND sealing_key = ? AND expires_at > ?
            """, .blob(step.session), .blob(step.signingKey), .blob(step.sealingKey), .integer(now())
        ).first
        guard let row, let document = try? NationalDocument(parsing: row.text(1)),
            let level = RegistrationLevel(rawValue: UInt8(clamping: row.integer(3)))
        else { return nil }
        let proof = Proof(
            way: row.text(0), document: document, name: row.text(2), level: level,
            datum: try? ContrastDatum(kindName: row.text(4), canonicalText: row.text(5)),
            letter: row.optionalInteger(6))
        return Pending(
            proof: proof, phone: try? PhoneNumber(parsing: row.text(7)), email: row.text(8), language: row.text(9),
            digest: row.blob(10), triesLeft: row.integer(12) > now() ? row.integer(11) : 0)
    }

    private func countMessage(
        _ tx: WriteTransaction, to phone: PhoneNumber, _ address: String
    ) throws(StoreError) -> Int64? {
        if let seconds = try countAttempt(tx, from: address, act: Self.registrationAct) { return seconds }
        return try count(
            tx, "registration SMS", phone.text, limit: ClaveRules.smsSendsPerHour, window: 3600)
    }

    private func countWrongCode(
        _ tx: WriteTransaction, _ step: ActivationStep, _ pending: Pending, _ address: String
    ) throws(StoreError) -> StepOutcome {
        let left = pending.triesLeft - 1
        try tx.run(
            "UPDATE registrations SET tries_left = ? WHERE session = ?", .integer(left), .blob(step.session))
        try audit(
            tx, Self.registrationAct, subject: pending.proof.document.masked, address: address,
            outcome: "wrong code, \(left) tries left")
        return left == 0 ? reply(step, .over) : reply(step, .wrongCode, left)
    }

    /// Registers the person, once: what proved it is used up in the same write. Nil if their letter is used or void by now.
    private func enter(
        _ tx: WriteTransaction, _ step: ActivationStep, _ pending: Pending, _ phone: PhoneNumber, _ address: String
    ) throws(StoreError) -> Citizen? {
        let proof = pending.proof
        guard let datum = proof.datum else { return nil }
        if let letter = proof.letter {
            try tx.run("UPDATE letters SET state = 1 WHERE id = ? AND state = 0", .integer(letter))
            guard tx.changes == 1 else { return nil }
        }
        try tx.run(
            """
            INSERT INTO citizens (document, name, level, datum_kind, datum, phone, language, registered_at, email, way)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, .text(proof.document.text), .text(proof.name), .integer(Int64(proof.level.rawValue)),
            .text(datum.kindName), .text(datum.canonicalText), .text(phone.text), .text(pending.language),
            .integer(now()), .text(pending.email), .text(proof.way))
        try voidLetters(tx, of: proof.document)
        // What was begun elsewhere is over; this session is left to say that it is done, and proves no more.
        try tx.run(
            "DELETE FROM registrations WHERE document = ? AND session != ?", .text(proof.document.text),
            .blob(step.session))
        try tx.run(
            "UPDATE registrations SET level = ?, letter = NULL, phone = NULL, code = NULL, tries_left = 0 WHERE session = ?",
            .integer(Int64(RegistrationLevel.basic.rawValue)), .blob(step.session))
        try audit(
            tx, Self.registrationAct, subject: proof.document.masked, address: address,
            outcome: "registered by \(proof.way), level \(proof.level.rawValue)")
        guard let person = try citizen(tx, proof.document) else { return nil }
        try tx.run(
            "UPDATE calls SET citizen = ? WHERE session = ? AND state = 2", .integer(person.id), .blob(step.session))
        try queueMail(tx, to: person.id)
        return person
    }

    private static func language(_ text: String) -> String { Language(rawValue: text)?.rawValue ?? "es" }
}
