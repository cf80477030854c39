import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import Localization
import SecureMemory

/// The end of every registration: phone, e-mail, the phone's code, and with it the person is registered.
extension GatewayServices {
    private static let registrationAct = "registration"

    /// Whether the person who has proved who they are is registered already.
    func state(_ step: ActivationStep) throws(StoreError) -> StepOutcome {
        try store.read { (tx) throws(StoreError) in
            guard let pending = try pending(tx, step) else { return reply(step, .over) }
            guard let person = try tx.citizens.find(pending.proof.document) else { return reply(step, .accepted) }
            return reply(step, .alreadyRegistered, Int64(person.level.rawValue))
        }
    }

    /// Takes phone and e-mail, and sends a code to the phone.
    func takeContact(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let data = Self.decoded(step.body, ContactData.self), let phone = try? PhoneNumber(parsing: data.phone),
            let email = try? EmailAddress(parsing: data.email), let asked = Self.asked(data.person)
        else { return .refusal(Refusal(.malformed)) }
        let code = RandomCode.digits(ClaveRules.smsCodeDigits)
        return try database.write { (tx, effects) throws(StoreError) in
            guard let pending = try pending(tx, step), asked.document == pending.proof.document else {
                return reply(step, .over)
            }
            if let seconds = try countMessage(tx, to: phone, address) { return reply(step, .tooMany, seconds) }
            let known = try known(tx, pending.proof)
            guard known == nil || known == asked.datum else { return reply(step, .wrong) }
            let expiry = now() + ClaveRules.smsCodeLife.wholeSeconds
            try tx.registrations.setContact(
                RegistrationContact(
                    phone: phone, email: email, language: Self.language(asked.language), datum: asked.datum,
                    digest: keys.digest(code, for: "registration code", of: step.session),
                    tries: ClaveRules.smsCodeTries, codeExpiresAt: expiry), of: step.session)
            try audit(
                tx, Self.registrationAct, subject: asked.document.masked, address: address, outcome: "code sent")
            let text = Texts(language: asked.language).registrationMessage(String(decoding: code, as: UTF8.self))
            try messages.queue(tx, text, to: phone, about: asked.document, until: expiry, &effects)
            return reply(step, .accepted)
        }
    }

    /// Takes the phone's code: with the right one the person is registered, and if they want it, this device is theirs.
    func confirmContact(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let proof = Self.decoded(step.body, PhoneProof.self), let code = Self.bytes(proof.code) else {
            return .refusal(Refusal(.malformed))
        }
        return try database.write { (tx, effects) throws(StoreError) in
            guard let pending = try pending(tx, step), let phone = pending.phone else { return reply(step, .over) }
            let tries = pending.triesLeft(at: now())
            guard tries > 0 else { return reply(step, .over) }
            let digest = keys.digest(code, for: "registration code", of: step.session)
            guard constantTimeEqual(unsafe digest.span.bytes, unsafe pending.digest.span.bytes) else {
                return try countWrongCode(tx, step, pending, left: tries - 1, address)
            }
            let registered = try tx.citizens.find(pending.proof.document)
            guard try !tx.citizens.isTaken(phone, besides: registered?.id ?? 0) else { return reply(step, .phoneTaken) }
            if let registered {
                guard pending.proof.level == .advanced else {
                    return reply(step, .alreadyRegistered, Int64(registered.level.rawValue))
                }
                try changeContact(tx, step, pending, registered, phone, address, &effects)
                return reply(step, .accepted)
            }
            guard let person = try enter(tx, step, pending, phone, address) else { return reply(step, .over) }
            try messages.queue(
                tx, Texts(language: person.language).welcomeMessage, to: person.phone, about: person.document,
                &effects)
            effects.hasPost = true
            let body = Self.registrationBody(.accepted)
            return proof.activates
                ? try grant(tx, step, for: person, body, &effects) : reply(step, body)
        }
    }

    /// Makes the device that of the person who has proved by a certificate that they are the registered one.
    func activateRegistered(_ step: ActivationStep) throws(StoreError) -> StepOutcome {
        try database.write { (tx, effects) throws(StoreError) in
            guard let pending = try pending(tx, step), pending.proof.level == .advanced,
                let person = try tx.citizens.find(pending.proof.document)
            else { return reply(step, .over) }
            try tx.registrations.remove(step.session)
            return try grant(tx, step, for: person, Self.registrationBody(.accepted), &effects)
        }
    }

    // MARK: Steps

    /// The contrast datum of who has proved who they are, as far as it is known.
    private func known(
        _ tx: StoreTransaction<some StoreAccess>, _ proof: IdentityProof
    ) throws(StoreError) -> ContrastDatum? {
        if let person = try tx.citizens.find(proof.document) { return person.datum }
        return try tx.census.find(proof.document)?.datum ?? proof.datum
    }

    /// Changes where a registered person can be reached, at the word of their certificate; the former phone is told.
    private func changeContact(
        _ tx: WriteTransaction, _ step: ActivationStep, _ pending: PendingRegistration, _ person: Citizen,
        _ phone: PhoneNumber, _ address: String, _ effects: inout Effects
    ) throws(StoreError) {
        let names = try apply(tx, person, Changes(phone: phone, email: pending.email), &effects)
        try tx.registrations.remove(step.session)
        try audit(
            tx, "change", subject: person.document.masked, by: .person(address: address),
            outcome: names.isEmpty ? "nothing" : names.joined(separator: ", "))
    }

    private func pending(
        _ tx: StoreTransaction<some StoreAccess>, _ step: ActivationStep
    ) throws(StoreError) -> PendingRegistration? {
        guard step.session.count == GatewayLimits.identifier else { return nil }
        return try tx.registrations.find(
            RegistrationSession(id: step.session, signingKey: step.signingKey, sealingKey: step.sealingKey),
            at: now())
    }

    private func countMessage(
        _ tx: WriteTransaction, to phone: PhoneNumber, _ address: String
    ) throws(StoreError) -> Int64? {
        if let seconds = try limiter.countAttempt(tx, from: address, act: Self.registrationAct) { return seconds }
        return try limiter.count(
            tx, "registration SMS", phone.text, limit: ClaveRules.smsSendsPerHour, window: 3600)
    }

    private func countWrongCode(
        _ tx: WriteTransaction, _ step: ActivationStep, _ pending: PendingRegistration, left: Int, _ address: String
    ) throws(StoreError) -> StepOutcome {
        try tx.registrations.setTriesLeft(left, of: step.session)
        try audit(
            tx, Self.registrationAct, subject: pending.proof.document.masked, address: address,
            outcome: "wrong code, \(left) tries left")
        return left == 0 ? reply(step, .over) : reply(step, .wrongCode, Int64(left))
    }

    /// Registers the person, once: what proved it is used up in the same write. Nil if their letter is used or void by now.
    private func enter(
        _ tx: WriteTransaction, _ step: ActivationStep, _ pending: PendingRegistration, _ phone: PhoneNumber,
        _ address: String
    ) throws(StoreError) -> Citizen? {
        let proof = pending.proof
        guard let datum = proof.datum else { return nil }
        if let letter = proof.letter, try !tx.letters.use(letter) { return nil }
        try tx.citizens.register(
            NewCitizen(
                document: proof.document, name: proof.name, level: proof.level, datum: datum, phone: phone,
                language: pending.language, email: pending.email, way: proof.way), at: now())
        try tx.letters.void(of: proof.document)
        try tx.registrations.finish(step.session, of: proof.document)
        try audit(
            tx, Self.registrationAct, subject: proof.document.masked, address: address,
            outcome: "registered by \(proof.way), level \(proof.level.rawValue)")
        guard let person = try tx.citizens.find(proof.document) else { return nil }
        try tx.calls.noteRegistration(of: person.id, bySession: step.session)
        try queueMail(tx, to: person.id)
        return person
    }

    private static func language(_ text: String) -> String { Language(rawValue: text)?.rawValue ?? "es" }
}
