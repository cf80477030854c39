import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import SecureMemory
import Wire

/// What all ways of registration share: who is asked for, the session of one who has proved it, phone and e-mail.
extension GatewayServices {
    /// The ways that this gateway offers.
    var ways: [String] {
        (certificates == nil ? [] : [Self.certificateMethod, Self.cardMethod]) + (printer == nil ? [] : ["letter"])
            + (settings.callHours == .none ? [] : [Self.callMethod])
    }

    /// A step of a registration, but for those of certificates.
    func register(_ step: ActivationStep, _ name: String, address: String) throws(StoreError) -> StepOutcome {
        if let done = try grantAgain(step) { return done }
        return switch name {
        case Registration.letterStep: try requestLetter(step, address: address)
        case Registration.codeStep: try redeemLetter(step, address: address)
        case Registration.stateStep: try state(step)
        case Registration.contactStep: try takeContact(step, address: address)
        case Registration.confirmStep: try confirmContact(step, address: address)
        case Registration.activateStep: try activateRegistered(step)
        case RegistrationCall.slotsStep where settings.callHours != .none: try callSlots(step, address: address)
        case RegistrationCall.bookStep where settings.callHours != .none: try bookCall(step, address: address)
        case RegistrationCall.followStep: try followCall(step)
        default: .refusal(Refusal(.notFound))
        }
    }

    /// What a device gets that was registered and activated, and has not heard of it: the gateway was killed, or the line
    /// was cut, before the reply came.
    private func grantAgain(_ step: ActivationStep) throws(StoreError) -> StepOutcome? {
        try store.read { (tx) throws(StoreError) in
            guard let device = try tx.devices.device(signingKey: step.signingKey), device.isActive,
                device.sealingKey == step.sealingKey, let person = try tx.citizens.find(id: device.citizen)
            else { return nil }
            return .reply(
                ActivationReply(
                    session: step.session, body: Self.registrationBody(.acting),
                    grant: deviceEvents.grant(to: device, for: person)))
        }
    }

    // MARK: People who are not registered

    /// Adds a person to the census, or changes their entry. A letter that went to another address is void: who lives there
    /// now is not who it was for.
    func addToCensus(
        _ document: NationalDocument, name: FullName, datum: ContrastDatum, address: [String], language: String
    ) throws(StoreError) {
        let entry = CensusEntry(
            document: document, name: name.text, datum: datum, address: address, language: language)
        try store.write { (tx) throws(StoreError) in
            if let former = try tx.census.find(document), !former.hasAddress(of: entry) {
                try tx.letters.voidPrinted(of: document)
            }
            try tx.census.put(entry)
        }
    }

    /// The person of the census who was asked for, if the datum is theirs.
    func listed(_ tx: StoreTransaction<some StoreAccess>, _ asked: ClaimedPerson) throws(StoreError) -> CensusEntry? {
        guard let found = try tx.census.find(asked.document), found.datum == asked.datum else { return nil }
        return found
    }

    // MARK: Sessions

    /// Keeps what was proved, for the device that proved it.
    func beginRegistration(
        _ tx: WriteTransaction, _ proof: IdentityProof, _ session: [UInt8], _ step: ActivationStep
    ) throws(StoreError) {
        try beginRegistration(
            tx, proof, session, signingKey: step.signingKey, sealingKey: step.sealingKey)
    }

    func beginRegistration(
        _ tx: WriteTransaction, _ proof: IdentityProof, _ session: [UInt8], signingKey: [UInt8], sealingKey: [UInt8]
    ) throws(StoreError) {
        try tx.registrations.begin(
            RegistrationSession(id: session, signingKey: signingKey, sealingKey: sealingKey), proof,
            until: now() + ClaveRules.registrationLife.wholeSeconds)
    }

    // MARK: Replies

    /// A reply of a step that has no session yet.
    func begun(_ outcome: RegistrationOutcome, _ number: Int64? = nil) -> StepOutcome {
        .reply(
            ActivationReply(
                session: randomBytes(GatewayLimits.identifier), body: Self.registrationBody(outcome, number),
                grant: nil))
    }

    func reply(_ step: ActivationStep, _ outcome: RegistrationOutcome, _ number: Int64? = nil) -> StepOutcome {
        reply(step, Self.registrationBody(outcome, number))
    }

    static func registrationBody(_ outcome: RegistrationOutcome, _ number: Int64? = nil) -> [UInt8] {
        body(outcome.rawValue) { writer in if let number { writer.put(UInt32(clamping: number)) } }
    }

    // MARK: Bodies

    static func person(_ body: SecretBox) -> ClaimedPerson? { decoded(body, PersonDatum.self).flatMap(asked) }

    static func asked(_ person: PersonDatum) -> ClaimedPerson? {
        guard let document = try? NationalDocument(parsing: person.document), document.text == person.document,
            let datum = try? ContrastDatum(kindName: person.datumKind, canonicalText: person.datum),
            datum.suits(document)
        else { return nil }
        return ClaimedPerson(document: document, datum: datum, language: person.language)
    }

    static func letterProof(_ body: SecretBox) -> (ClaimedPerson, [UInt8])? {
        guard let proof = decoded(body, LetterProof.self), let asked = asked(proof.person),
            let code = bytes(proof.code), code.count == LetterCode.length
        else { return nil }
        return (asked, code)
    }

    static func decoded<Value: Body>(_ body: SecretBox, _ type: Value.Type) -> Value? {
        body.withSecret { $0.withBytes { try? Value.decode($0) } } ?? nil
    }

    static func bytes(_ box: SecretBox) -> [UInt8]? {
        box.withSecret { $0.withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } } }
    }
}
