import ClaveDomain
import GatewayAPI
import GatewayStore
import SecureMemory

/// What each kind of errand does.
public struct ErrandWork: Sendable {
    private let visits: VisitService
    private let devices: DeviceEvents
    private let messages: MessageQueue
    private let letters: LetterQueue
    private let limiter: RateLimiter
    private let clock: Clock
    private let audit: AuditWriter

    public init(
        visits: VisitService, devices: DeviceEvents, messages: MessageQueue, letters: LetterQueue,
        limiter: RateLimiter, clock: Clock, audit: AuditWriter
    ) {
        self.visits = visits
        self.devices = devices
        self.messages = messages
        self.letters = letters
        self.limiter = limiter
        self.clock = clock
        self.audit = audit
    }

    /// Does an errand, in the caller's write.
    func run(_ tx: WriteTransaction, _ errand: Errand, _ effects: inout Effects) throws(StoreError) {
        if !errand.former.isEmpty {
            let owner = errand.formerCitizen == 0 ? nil : errand.formerCitizen
            try devices.withdraw(tx, request: errand.former, from: owner, &effects)
        }
        switch errand.kind {
        case .pin, .pinBySMS: try handOverPIN(tx, errand, &effects)
        case .mobile: try askForApproval(tx, errand, &effects)
        case .activation: try sendActivationCode(tx, errand, &effects)
        case .letter: try orderLetter(tx, errand, &effects)
        case .withdrawal: break
        }
    }

    /// The person who was asked for, if the contrast datum is theirs. Unknown document and wrong datum are the same nil.
    private func person(
        _ tx: StoreTransaction<some StoreAccess>, _ asked: ClaimedPerson
    ) throws(StoreError) -> Citizen? {
        guard let found = try tx.citizens.find(asked.document), found.datum == asked.datum else { return nil }
        return found
    }

    // MARK: Visits

    /// The visit for whose request an errand is, if it still waits.
    private func visit(
        _ tx: StoreTransaction<some StoreAccess>, of errand: Errand
    ) throws(StoreError) -> Transaction? {
        guard let visit = visits.transaction(try tx.visits.visit(request: errand.request)), visit.state == .waiting
        else { return nil }
        return visit
    }

    /// Hands a PIN to its person: pushed to their device, or by text message. For wrong data the same work is done for
    /// nobody.
    private func handOverPIN(_ tx: WriteTransaction, _ errand: Errand, _ effects: inout Effects) throws(StoreError) {
        guard let visit = try visit(tx, of: errand) else { return }
        let person: Citizen?
        if let asked = errand.asked {
            person = try self.person(tx, asked)
        } else {
            person = try visit.citizen.flatMap { (id) throws(StoreError) in try tx.citizens.find(id: id) }
        }
        if let person { try voidPINs(tx, of: person.id, besides: visit.key, &effects) }
        try tx.visits.bind(visit.key, to: person?.id)
        let device = try person.flatMap { (person) throws(StoreError) in
            errand.kind == .pinBySMS ? nil : try tx.devices.active(of: person.id)
        }
        let secret = SecretBox(SecretBytes(copying: unsafe errand.code.span.bytes))
        let event = Push.Event.pin(secret, visit.details(origin: errand.address))
        let outcome: String
        if let device {
            try devices.push(tx, event, request: errand.request, to: device, until: visit.expiresAt, &effects)
            outcome = "pushed"
        } else {
            devices.pretend(event)
            outcome = try mayReceive(tx, person, "PIN by SMS") ? "sent by SMS" : Self.refusal(of: person)
        }
        let text = Texts(language: person?.language ?? "es").pinMessage(
            String(decoding: errand.code, as: UTF8.self), visit.code, visit.procedure.organisation)
        let isSent = outcome == "sent by SMS"
        try messages.queue(
            tx, text, to: isSent ? person?.phone : nil, about: errand.asked?.document ?? person?.document,
            until: visit.expiresAt, &effects)
        try audit.record(tx, "PIN", subject: visit.document, address: errand.address, outcome: outcome)
    }

    /// One PIN lives per person: a new one voids the others. Their visits go on as those with wrong data do: their pages would
    /// else tell a stranger that the data of two visits are right.
    private func voidPINs(
        _ tx: WriteTransaction, of person: Int64, besides visit: [UInt8], _ effects: inout Effects
    ) throws(StoreError) {
        for request in try tx.visits.voidPINs(of: person, besides: visit) {
            try devices.withdraw(tx, request: request, from: person, &effects)
        }
    }

    private func askForApproval(_ tx: WriteTransaction, _ errand: Errand, _ effects: inout Effects) throws(StoreError) {
        guard let visit = try visit(tx, of: errand), let asked = errand.asked else { return }
        let person = try self.person(tx, asked)
        let device = try person.flatMap { (person) throws(StoreError) -> Device? in
            guard try !tx.visits.hasPendingApproval(of: person.id, besides: visit.key, at: clock.now()),
                let device = try tx.devices.active(of: person.id), !device.takesPINsOnly
            else { return nil }
            return device
        }
        let event = Push.Event.mobile(visit.details(origin: errand.address))
        if let device {
            try tx.visits.bind(visit.key, to: device.citizen)
            try devices.push(tx, event, request: errand.request, to: device, until: visit.expiresAt, &effects)
        } else {
            devices.pretend(event)
        }
        try audit.record(
            tx, "Mòbil", subject: asked.document.masked, address: errand.address,
            outcome: device == nil ? "not pushed" : "pushed")
    }

    // MARK: Codes and letters

    private func sendActivationCode(
        _ tx: WriteTransaction, _ errand: Errand, _ effects: inout Effects
    ) throws(StoreError) {
        let activation = try tx.activations.activation(errand.request, at: clock.now())
        guard let activation, let asked = errand.asked else { return }
        let person = try self.person(tx, asked)
        let isSent = try mayReceive(tx, person, "SMS")
        if isSent, let person { try tx.activations.bind(errand.request, to: person.id) }
        let text = Texts(language: person?.language ?? "es").activationMessage(
            String(decoding: errand.code, as: UTF8.self))
        try messages.queue(
            tx, text, to: isSent ? person?.phone : nil, about: asked.document, until: activation.expiresAt, &effects)
        try audit.record(
            tx, "activation by SMS", subject: asked.document.masked, address: errand.address,
            outcome: isSent ? "code sent" : Self.refusal(of: person))
    }

    private func orderLetter(_ tx: WriteTransaction, _ errand: Errand, _ effects: inout Effects) throws(StoreError) {
        guard let asked = errand.asked else { return }
        let isSent = try letters.mayHave(tx, asked)
        if isSent { try letters.queue(tx, to: asked.document, &effects) }
        try audit.record(
            tx, LetterQueue.act, subject: asked.document.masked, address: errand.address,
            outcome: isSent ? "to be printed" : "data not accepted")
        // Whoever prints is woken for wrong data too.
        effects.hasPost = true
    }

    /// Counts a message to a person; false where there is none, or they have had as many as they get in an hour.
    private func mayReceive(_ tx: WriteTransaction, _ person: Citizen?, _ kind: String) throws(StoreError) -> Bool {
        guard let person else { return false }
        let wait = try limiter.count(
            tx, kind, person.document.text, limit: ClaveRules.smsSendsPerHour, window: 3600)
        return wait == nil
    }

    private static func refusal(of person: Citizen?) -> String {
        person == nil ? "data not accepted" : "not sent: too many messages in an hour"
    }
}
