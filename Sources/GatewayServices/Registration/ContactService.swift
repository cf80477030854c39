import ClaveDomain
public import GatewayAPI
public import GatewayStore
import Localization
import SecureMemory

/// The end of every registration: phone, e-mail, the phone's code, and with it the person is registered.
public struct ContactService: Sendable {
    private static let act = "registration"

    private let database: Database
    private let keys: GatewayKeys
    private let clock: Clock
    private let audit: AuditWriter
    private let limiter: RateLimiter
    private let messages: MessageQueue
    private let emails: EmailQueue
    private let registrations: RegistrationService
    private let grants: DeviceGrants
    private let records: RecordService

    /// - Parameter records: changes where those can be reached who are registered already.
    public init(
        _ database: Database, keys: GatewayKeys, clock: Clock, audit: AuditWriter, limiter: RateLimiter,
        messages: MessageQueue, emails: EmailQueue, registrations: RegistrationService, grants: DeviceGrants,
        records: RecordService
    ) {
        self.database = database
        self.keys = keys
        self.clock = clock
        self.audit = audit
        self.limiter = limiter
        self.messages = messages
        self.emails = emails
        self.registrations = registrations
        self.grants = grants
        self.records = records
    }

    /// Takes phone and e-mail, and sends a code to the phone.
    public func take(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let data = step.decoded(ContactData.self), let phone = try? PhoneNumber(parsing: data.phone),
            let email = try? EmailAddress(parsing: data.email), let asked = ClaimedPerson(data.person)
        else { return .refusal(Refusal(.malformed)) }
        let code = RandomCode.digits(ClaveRules.smsCodeDigits)
        return try database.write { (tx, effects) throws(StoreError) in
            guard let pending = try registrations.pending(tx, step), asked.document == pending.proof.document else {
                return .answering(step, .over)
            }
            if let seconds = try countMessage(tx, to: phone, address) { return .answering(step, .tooMany, seconds) }
            let known = try known(tx, pending.proof)
            guard known == nil || known == asked.datum else { return .answering(step, .wrong) }
            let expiry = clock.now() + ClaveRules.smsCodeLife.wholeSeconds
            try tx.registrations.setContact(
                RegistrationContact(
                    phone: phone, email: email, language: Self.language(asked.language), datum: asked.datum,
                    digest: keys.digest(code, for: "registration code", of: step.session),
                    tries: ClaveRules.smsCodeTries, codeExpiresAt: expiry), of: step.session)
            try audit.record(
                tx, Self.act, subject: asked.document.masked, address: address, outcome: "code sent")
            let text = Texts(language: asked.language).registrationMessage(String(decoding: code, as: UTF8.self))
            try messages.queue(tx, text, to: phone, about: asked.document, until: expiry, &effects)
            return .answering(step, .accepted)
        }
    }

    /// Takes the phone's code: with the right one the person is registered, and if they want it, this device is theirs.
    public func confirm(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let proof = step.decoded(PhoneProof.self), let code = proof.code.copiedBytes else {
            return .refusal(Refusal(.malformed))
        }
        return try database.write { (tx, effects) throws(StoreError) in
            guard let pending = try registrations.pending(tx, step), pending.state(at: clock.now()) == .confirming,
                let phone = pending.phone
            else { return .answering(step, .over) }
            let digest = keys.digest(code, for: "registration code", of: step.session)
            guard constantTimeEqual(unsafe digest.span.bytes, unsafe pending.digest.span.bytes) else {
                return try countWrongCode(tx, step, pending, left: pending.triesLeft - 1, address)
            }
            let registered = try tx.citizens.find(pending.proof.document)
            guard try !tx.citizens.isTaken(phone, besides: registered?.id ?? 0) else {
                return .answering(step, .phoneTaken)
            }
            if let registered { return try changeContact(tx, step, pending, registered, phone, address, &effects) }
            guard let person = try enter(tx, step, pending, phone, address, &effects) else {
                return .answering(step, .over)
            }
            let body = RegistrationOutcome.accepted.body()
            return proof.activates
                ? try grants.grant(tx, step, for: person, body, &effects) : .answering(step, body)
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

    private func countMessage(
        _ tx: WriteTransaction, to phone: PhoneNumber, _ address: String
    ) throws(StoreError) -> Int64? {
        if let seconds = try limiter.countAttempt(tx, from: address, act: Self.act) { return seconds }
        return try limiter.count(
            tx, "registration SMS", phone.text, limit: ClaveRules.smsSendsPerHour, window: 3600)
    }

    private func countWrongCode(
        _ tx: WriteTransaction, _ step: ActivationStep, _ pending: PendingRegistration, left: Int, _ address: String
    ) throws(StoreError) -> StepOutcome {
        try tx.registrations.setTriesLeft(left, of: step.session)
        try audit.record(
            tx, Self.act, subject: pending.proof.document.masked, address: address,
            outcome: "wrong code, \(left) tries left")
        return left == 0 ? .answering(step, .over) : .answering(step, .wrongCode, Int64(left))
    }

    /// Changes where a registered person can be reached, at the word of their certificate; the former phone is told.
    private func changeContact(
        _ tx: WriteTransaction, _ step: ActivationStep, _ pending: PendingRegistration, _ person: Citizen,
        _ phone: PhoneNumber, _ address: String, _ effects: inout Effects
    ) throws(StoreError) -> StepOutcome {
        guard pending.proof.level == .advanced else {
            return .answering(step, .alreadyRegistered, Int64(person.level.rawValue))
        }
        let names = try records.apply(
            tx, person, RecordService.Changes(phone: phone, email: pending.email), &effects)
        try tx.registrations.remove(step.session)
        try audit.record(
            tx, "change", subject: person.document.masked, by: .person(address: address),
            outcome: names.isEmpty ? "nothing" : names.joined(separator: ", "))
        return .answering(step, .accepted)
    }

    /// Registers the person, once: what proved it is used up in the same write. Nil if their letter is used or void by now.
    private func enter(
        _ tx: WriteTransaction, _ step: ActivationStep, _ pending: PendingRegistration, _ phone: PhoneNumber,
        _ address: String, _ effects: inout Effects
    ) throws(StoreError) -> Citizen? {
        let proof = pending.proof
        guard let datum = proof.datum else { return nil }
        if let letter = proof.letter, try !tx.letters.use(letter) { return nil }
        try tx.citizens.register(
            NewCitizen(
                document: proof.document, name: proof.name, level: proof.level, datum: datum, phone: phone,
                language: pending.language, email: pending.email, way: proof.way), at: clock.now())
        try tx.letters.void(of: proof.document)
        try tx.registrations.finish(step.session, of: proof.document)
        try audit.record(
            tx, Self.act, subject: proof.document.masked, address: address,
            outcome: "registered by \(proof.way), level \(proof.level.rawValue)")
        guard let person = try tx.citizens.find(proof.document) else { return nil }
        try tx.calls.noteRegistration(of: person.id, bySession: step.session)
        try emails.queue(tx, to: person.id, &effects)
        try messages.queue(
            tx, Texts(language: person.language).welcomeMessage, to: person.phone, about: person.document, &effects)
        return person
    }

    private static func language(_ text: String) -> String { Language(rawValue: text)?.rawValue ?? "es" }
}
