import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import SecureMemory

/// What each kind of errand does.
extension GatewayServices {
    func run(_ tx: WriteTransaction, _ errand: Errand, _ effects: inout Effects) throws(StoreError) {
        if !errand.former.isEmpty {
            let owner = errand.formerCitizen == 0 ? nil : errand.formerCitizen
            try withdraw(tx, request: errand.former, from: owner, &effects)
        }
        switch errand.kind {
        case .pin, .pinBySMS: try handOverPIN(tx, errand, &effects)
        case .mobile: try askForApproval(tx, errand, &effects)
        case .activation: try sendActivationCode(tx, errand, &effects)
        case .letter: try orderLetter(tx, errand, &effects)
        case .withdrawal: break
        }
    }

    // MARK: Visits

    /// The visit for whose request an errand is, if it still waits.
    private func visit(
        _ tx: StoreTransaction<some StoreAccess>, of errand: Errand
    ) throws(StoreError) -> Transaction? {
        guard let visit = transaction(try tx.visits.visit(request: errand.request)), visit.state == .waiting else {
            return nil
        }
        return visit
    }

    private func details(_ visit: Transaction, _ errand: Errand) -> RequestDetails {
        RequestDetails(
            identifier: errand.request, organisation: visit.procedure.organisation, procedure: visit.procedure.title,
            code: visit.code, origin: errand.address, createdAt: UInt64(visit.issuedAt),
            expiresAt: UInt64(visit.expiresAt))
    }

    /// Hands a PIN to its person: pushed to their device, or by text message. For wrong data the same work is done for
    /// nobody.
    private func handOverPIN(_ tx: WriteTransaction, _ errand: Errand, _ effects: inout Effects) throws(StoreError) {
        guard let visit = try visit(tx, of: errand) else { return }
        let person: Citizen?
        if let asked = errand.asked {
            person = try citizen(tx, asked.document, proving: asked.datum)
        } else {
            person = try visit.citizen.flatMap { (id) throws(StoreError) in try tx.citizens.find(id: id) }
        }
        if let person { try voidPINs(tx, of: person.id, besides: visit.key, &effects) }
        try tx.visits.bind(visit.key, to: person?.id)
        let device = try person.flatMap { (person) throws(StoreError) in
            errand.kind == .pinBySMS ? nil : try tx.devices.active(of: person.id)
        }
        let secret = SecretBox(SecretBytes(copying: unsafe errand.code.span.bytes))
        let event = Push.Event.pin(secret, details(visit, errand))
        let outcome: String
        if let device {
            try push(tx, event, request: errand.request, to: device, until: visit.expiresAt)
            effects.devices.insert(device.id)
            outcome = "pushed"
        } else {
            sealForNobody(event)
            outcome = try mayReceive(tx, person, "PIN by SMS") ? "sent by SMS" : Self.refusal(of: person)
        }
        let text = Texts(language: person?.language ?? "es").pinMessage(
            String(decoding: errand.code, as: UTF8.self), visit.code, visit.procedure.organisation)
        let isSent = outcome == "sent by SMS"
        try queue(
            tx, text, to: isSent ? person?.phone : nil, about: errand.asked?.document ?? person?.document,
            until: visit.expiresAt, &effects)
        try audit(tx, "PIN", subject: visit.document, address: errand.address, outcome: outcome)
    }

    /// One PIN lives per person: a new one voids the others. Their visits go on as those with wrong data do: their pages would
    /// else tell a stranger that the data of two visits are right.
    private func voidPINs(
        _ tx: WriteTransaction, of person: Int64, besides visit: [UInt8], _ effects: inout Effects
    ) throws(StoreError) {
        for request in try tx.visits.voidPINs(of: person, besides: visit) {
            try withdraw(tx, request: request, from: person, &effects)
        }
    }

    private func askForApproval(_ tx: WriteTransaction, _ errand: Errand, _ effects: inout Effects) throws(StoreError) {
        guard let visit = try visit(tx, of: errand), let asked = errand.asked else { return }
        let person = try citizen(tx, asked.document, proving: asked.datum)
        let device = try person.flatMap { (person) throws(StoreError) -> Device? in
            guard try !tx.visits.hasPendingApproval(of: person.id, besides: visit.key, at: now()),
                let device = try tx.devices.active(of: person.id), !device.takesPINsOnly
            else { return nil }
            return device
        }
        let event = Push.Event.mobile(details(visit, errand))
        if let device {
            try tx.visits.bind(visit.key, to: device.citizen)
            try push(tx, event, request: errand.request, to: device, until: visit.expiresAt)
            effects.devices.insert(device.id)
        } else {
            sealForNobody(event)
        }
        try audit(
            tx, "Mòbil", subject: asked.document.masked, address: errand.address,
            outcome: device == nil ? "not pushed" : "pushed")
    }

    private func sealForNobody(_ event: Push.Event) {
        _ = Push(sequence: 0, event: event).sealed(
            signingKey: keys.signing.publicKey, sealingKey: keys.sealing.publicKey, by: keys.signing)
    }

    // MARK: Codes and letters

    private func sendActivationCode(
        _ tx: WriteTransaction, _ errand: Errand, _ effects: inout Effects
    ) throws(StoreError) {
        let activation = try tx.activations.activation(errand.request, at: now())
        guard let activation, let asked = errand.asked else { return }
        let person = try citizen(tx, asked.document, proving: asked.datum)
        let isSent = try mayReceive(tx, person, "SMS")
        if isSent, let person { try tx.activations.bind(errand.request, to: person.id) }
        let text = Texts(language: person?.language ?? "es").activationMessage(
            String(decoding: errand.code, as: UTF8.self))
        try queue(
            tx, text, to: isSent ? person?.phone : nil, about: asked.document, until: activation.expiresAt, &effects)
        try audit(
            tx, "activation by SMS", subject: asked.document.masked, address: errand.address,
            outcome: isSent ? "code sent" : Self.refusal(of: person))
    }

    private func orderLetter(_ tx: WriteTransaction, _ errand: Errand, _ effects: inout Effects) throws(StoreError) {
        guard let asked = errand.asked else { return }
        let isSent = try mayHaveLetter(tx, asked)
        if isSent { try queueLetter(tx, to: asked.document) }
        try audit(
            tx, Self.letterAct, subject: asked.document.masked, address: errand.address,
            outcome: isSent ? "to be printed" : "data not accepted")
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
