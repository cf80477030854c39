import ClaveDomain
import GatewayServices
import GatewayStore

/// Registering people in person, and changing what is known of them.
extension GatewayServices {
    /// Somebody who stands before the desk.
    struct Newcomer: Equatable, Sendable {
        let document: NationalDocument
        let name: FullName
        let level: RegistrationLevel
        let datum: ContrastDatum
        let phone: PhoneNumber
        /// Nil where they have none.
        let email: EmailAddress?
        let language: String

        fileprivate var row: NewCitizen {
            NewCitizen(
                document: document, name: name.text, level: level, datum: datum, phone: phone, language: language,
                email: email?.text ?? "")
        }
    }

    /// Registers a person; what they had begun elsewhere is over.
    func register(_ person: Newcomer, by actor: Actor) throws(StoreError) -> ActOutcome {
        try act(by: actor) { (tx, effects) throws(StoreError) in
            guard person.datum.suits(person.document) else { return .otherDatum }
            guard try tx.citizens.find(person.document) == nil else { return .documentTaken }
            guard try !tx.citizens.isTaken(person.phone, besides: 0) else { return .phoneTaken }
            let id = try tx.citizens.register(person.row, at: now())
            try tx.letters.void(of: person.document)
            try tx.registrations.removeAll(of: person.document)
            try audit(
                tx, "register", subject: person.document.masked, by: actor,
                outcome: "level \(person.level.rawValue)")
            if person.email != nil {
                try queueMail(tx, to: id)
                effects.hasPost = true
            }
            try messages.queue(
                tx, Texts(language: person.language).welcomeMessage, to: person.phone, about: person.document,
                &effects)
            return .done
        }
    }

    // MARK: Changing

    /// What is to change in a record; nil leaves it as it is.
    struct Changes: Equatable, Sendable {
        var name: FullName?
        var level: RegistrationLevel?
        var datum: ContrastDatum?
        var phone: PhoneNumber?
        /// Empty for none.
        var email: String?
        var language: String?
    }

    /// Changes a record. Another phone ends what was sent to the former, which is told; so is the person of another level or
    /// datum, at the phone that they had. Another e-mail address waits to be confirmed.
    func change(
        _ document: NationalDocument, _ changes: Changes, version: Int64? = nil, by actor: Actor
    ) throws(StoreError) -> ActOutcome {
        try act(by: actor, on: document, version: version) { (tx, person, effects) throws(StoreError) in
            guard changes.datum?.suits(document) ?? true else { return .otherDatum }
            if let phone = changes.phone, try tx.citizens.isTaken(phone, besides: person.id) { return .phoneTaken }
            let names = try apply(tx, person, changes, &effects)
            guard !names.isEmpty else { return .done }
            try audit(
                tx, "change", subject: document.masked, by: actor, outcome: names.joined(separator: ", "))
            return .done
        }
    }

    /// Changes a record in the caller's write, with what follows from it.
    ///
    /// - Returns: names of what has changed.
    func apply(
        _ tx: WriteTransaction, _ person: Citizen, _ changes: Changes, _ effects: inout Effects
    ) throws(StoreError) -> [String] {
        let names = Self.differing(changes, from: person)
        guard !names.isEmpty else { return [] }
        try tx.citizens.update(Self.changed(person, changes))
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

    static let renewalAct = "renewal"

    /// Renews a registration: its five years begin anew.
    func renew(_ document: NationalDocument, version: Int64? = nil, by actor: Actor) throws(StoreError) -> ActOutcome {
        try act(by: actor, on: document, version: version) { (tx, person, _) throws(StoreError) in
            try renew(tx, person)
            try audit(tx, Self.renewalAct, subject: document.masked, by: actor, outcome: "in person")
            return .done
        }
    }

    /// Renews a registration in the caller's write.
    func renew(_ tx: WriteTransaction, _ person: Citizen) throws(StoreError) {
        try tx.citizens.renew(person.id, at: now())
    }

    /// Names of what differs, as the audit has them; of values there is the level only.
    private static func differing(_ changes: Changes, from person: Citizen) -> [String] {
        var names: [String] = []
        if let name = changes.name, name.text != person.name { names.append("name") }
        if let level = changes.level, level != person.level { names.append("level \(level.rawValue)") }
        if let datum = changes.datum, datum != person.datum { names.append("datum") }
        if let phone = changes.phone, phone != person.phone { names.append("phone") }
        if let email = changes.email, email != person.email { names.append("e-mail") }
        if let language = changes.language, language != person.language { names.append("language") }
        return names
    }

    private static func changed(_ person: Citizen, _ changes: Changes) -> Citizen {
        var changed = person
        changed.name = changes.name?.text ?? person.name
        changed.level = changes.level ?? person.level
        changed.datum = changes.datum ?? person.datum
        changed.phone = changes.phone ?? person.phone
        changed.language = changes.language ?? person.language
        changed.email = changes.email ?? person.email
        if !changed.email.utf8.elementsEqual(person.email.utf8) { changed.emailConfirmedAt = 0 }
        return changed
    }

    private func changedEmail(
        _ tx: WriteTransaction, _ person: Citizen, _ email: String, _ effects: inout Effects
    ) throws(StoreError) {
        try tx.emails.remove(of: person.id)
        guard !email.isEmpty else { return }
        try queueMail(tx, to: person.id)
        effects.hasPost = true
    }
}
