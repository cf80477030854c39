public import ClaveDomain
public import GatewayStore

/// Registering people in person, and changing what is known of them.
public struct RecordService: Sendable {
    /// As the audit calls a renewal.
    public static let renewalAct = "renewal"
    private static let registrationAct = "register"

    private let database: Database
    private let clock: Clock
    private let audit: AuditWriter
    private let administration: Administration
    private let messages: MessageQueue
    private let mails: EmailQueue

    public init(
        _ database: Database, clock: Clock, audit: AuditWriter, administration: Administration,
        messages: MessageQueue, mails: EmailQueue
    ) {
        self.database = database
        self.clock = clock
        self.audit = audit
        self.administration = administration
        self.messages = messages
        self.mails = mails
    }

    // MARK: Registering

    /// Registers a person; what they had begun elsewhere is over.
    public func register(_ person: Newcomer, by actor: Actor) throws(StoreError) -> ActOutcome {
        try administration.act(by: actor) { (tx, effects) throws(StoreError) in
            guard person.datum.suits(person.document) else { return .otherDatum }
            guard try tx.citizens.find(person.document) == nil else { return .documentTaken }
            guard try !tx.citizens.isTaken(person.phone, besides: 0) else { return .phoneTaken }
            let id = try tx.citizens.register(person.row, at: clock.now())
            try tx.letters.void(of: person.document)
            try tx.registrations.removeAll(of: person.document)
            try audit.record(
                tx, Self.registrationAct, subject: person.document.masked, by: actor,
                outcome: "level \(person.level.rawValue)")
            if person.email != nil { try mails.queue(tx, to: id, &effects) }
            try messages.queue(
                tx, Texts(language: person.language).welcomeMessage, to: person.phone, about: person.document,
                &effects)
            return .done
        }
    }

    /// Registers a person of the sandbox, who is sent nothing.
    ///
    /// - Returns: the number of their row.
    /// - Throws: a refused ``StoreError`` if the document is registered or the phone belongs to another.
    @discardableResult
    public func add(
        _ document: NationalDocument, name: FullName, level: RegistrationLevel, datum: ContrastDatum,
        phone: PhoneNumber, language: String = "es"
    ) throws(StoreError) -> Int64 {
        try database.write { (tx, _) throws(StoreError) in
            let id = try tx.citizens.register(
                NewCitizen(
                    document: document, name: name.text, level: level, datum: datum, phone: phone, language: language),
                at: clock.now())
            try audit.record(
                tx, Self.registrationAct, subject: document.masked, outcome: "level \(level.rawValue)")
            return id
        }
    }

    // MARK: Changing

    /// Changes a record. Another phone ends what was sent to the former, which is told; so is the person of another level or
    /// datum, at the phone that they had. Another e-mail address waits to be confirmed.
    ///
    /// - Parameter version: of the record as it was seen; nil for whatever it is.
    public func change(
        _ document: NationalDocument, _ changes: Changes, version: Int64? = nil, by actor: Actor
    ) throws(StoreError) -> ActOutcome {
        try administration.act(by: actor, on: document, version: version) { (tx, person, effects) throws(StoreError) in
            guard changes.datum?.suits(document) ?? true else { return .otherDatum }
            if let phone = changes.phone, try tx.citizens.isTaken(phone, besides: person.id) { return .phoneTaken }
            let names = try apply(tx, person, changes, &effects)
            guard !names.isEmpty else { return .done }
            try audit.record(
                tx, "change", subject: document.masked, by: actor, outcome: names.joined(separator: ", "))
            return .done
        }
    }

    /// Changes a record in the caller's write, with what follows from it: the former phone is told, and another address
    /// waits to be confirmed. The caller has checked that the phone is free.
    ///
    /// - Returns: names of what has changed, as the audit has them.
    public func apply(
        _ tx: WriteTransaction, _ person: Citizen, _ changes: Changes, _ effects: inout Effects
    ) throws(StoreError) -> [String] {
        let names = changes.names(for: person)
        guard !names.isEmpty else { return [] }
        try tx.citizens.update(changes.applied(to: person))
        if names.contains("phone") || names.contains("datum") {
            try tx.activations.void(of: person.id)
        }
        let texts = Texts(language: person.language)
        if names.contains("phone") {
            try messages.queue(tx, texts.phoneChangedMessage, to: person.phone, about: person.document, &effects)
        }
        // One operator can change these alone, and they decide who gets in and how far.
        if names.contains("datum") || names.contains(where: { $0.utf8.starts(with: "level".utf8) }) {
            try messages.queue(tx, texts.recordChangedMessage, to: person.phone, about: person.document, &effects)
        }
        if names.contains("e-mail") { try changedEmail(tx, person, changes.email ?? "", &effects) }
        return names
    }

    private func changedEmail(
        _ tx: WriteTransaction, _ person: Citizen, _ email: String, _ effects: inout Effects
    ) throws(StoreError) {
        try tx.emails.remove(of: person.id)
        if !email.isEmpty { try mails.queue(tx, to: person.id, &effects) }
    }

    /// Sends a new link to the address that waits to be confirmed.
    ///
    /// - Parameter version: of the record as it was seen; nil for whatever it is.
    public func resendMail(
        to document: NationalDocument, version: Int64? = nil, by actor: Actor
    ) throws(StoreError) -> ActOutcome {
        try administration.act(by: actor, on: document, version: version) { (tx, person, effects) throws(StoreError) in
            try mails.queueAgain(tx, to: person, by: actor, &effects)
        }
    }

    // MARK: Renewing

    /// Renews a registration: its five years begin anew.
    ///
    /// - Parameter version: of the record as it was seen; nil for whatever it is.
    public func renew(
        _ document: NationalDocument, version: Int64? = nil, by actor: Actor
    ) throws(StoreError) -> ActOutcome {
        try administration.act(by: actor, on: document, version: version) { (tx, person, _) throws(StoreError) in
            try tx.citizens.renew(person.id, at: clock.now())
            try audit.record(tx, Self.renewalAct, subject: document.masked, by: actor, outcome: "in person")
            return .done
        }
    }
}
