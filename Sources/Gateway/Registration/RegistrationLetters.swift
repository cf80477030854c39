import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import SecureMemory

/// A letter on its way to the printer.
struct PrintedLetter: Equatable, Sendable {
    /// Of its row: a letter that is printed again takes the place of the first.
    let number: Int64
    let name: String
    /// Lines of the fiscal address.
    let address: [String]
    let code: LetterCode
    /// Seconds since 1970.
    let sentAt: Int64
    /// Seconds since 1970.
    let expiresAt: Int64
    /// "ca", "es", …
    let language: String
}

/// Brings letters on their way.
protocol LetterPrinter: Sendable {
    /// Whether no more can be taken now.
    var isFull: Bool { get }
    /// Prints a letter, whole or not at all.
    ///
    /// - Throws: ``UnprintableLetter`` for a letter that no later try would print; anything else when it is to be tried
    ///   again later.
    func print(_ letter: PrintedLetter) throws
    /// Takes back a letter that lies there still; one that is gone is no error.
    func discard(_ number: Int64) throws
}

/// A letter that can't be printed, whenever it is tried: an address that is too long for any envelope.
struct UnprintableLetter: Error {
    /// For the audit; nothing of the letter's content.
    let reason: String
}

/// Registration by a letter to the fiscal address.
extension GatewayServices {
    static var letterAct: String { LetterQueue.act }

    /// Takes document and contrast datum; if they are somebody's who is not registered, a letter goes out, by an errand. The
    /// reply does not tell.
    func requestLetter(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let asked = Self.person(step.body) else { return .refusal(Refusal(.malformed)) }
        guard let printer, !printer.isFull else { return begun(.busy) }
        return try database.write { (tx, effects) throws(StoreError) in
            if let seconds = try limiter.countAttempt(tx, asked.document, address, act: Self.letterAct) {
                return begun(.tooMany, seconds)
            }
            try errands.leave(tx, Errand(kind: .letter, asked: asked, address: address), &effects)
            return begun(.accepted)
        }
    }

    /// Takes a letter's code with the data of the person; with the right ones the session may give phone and e-mail.
    ///
    /// The letter stays good until the registration is complete: who is interrupted begins here again.
    func redeemLetter(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let (asked, code) = Self.letterProof(step.body) else { return .refusal(Refusal(.malformed)) }
        let session = randomBytes(GatewayLimits.identifier)
        return try store.write { (tx) throws(StoreError) in
            if let seconds = try limiter.countAttempt(tx, asked.document, address, act: Self.letterAct) {
                return begun(.tooMany, seconds)
            }
            let letter = try tx.letters.live(of: asked.document, at: now())
            let (given, kept) = (letterDigest(code, of: asked.document), letter?.digest ?? [])
            let isRight = constantTimeEqual(unsafe given.span.bytes, unsafe kept.span.bytes)
            let person = try listed(tx, asked)
            let registered = try tx.citizens.find(asked.document)
            if person != nil, let registered, try isUsed(tx, given, by: asked.document) {
                return begun(.alreadyRegistered, Int64(registered.level.rawValue))
            }
            guard isRight, let letter, let person, registered == nil else {
                // Whoever knows no more than the document spoils nobody's letter.
                return try refuseCode(tx, person == nil ? nil : letter, asked.document, address)
            }
            try beginRegistration(
                tx,
                IdentityProof(
                    way: "letter", document: asked.document, name: person.name, level: .basic, datum: asked.datum,
                    letter: letter.number), session, step)
            try audit(tx, Self.letterAct, subject: asked.document.masked, address: address, outcome: "code right")
            return .reply(
                ActivationReply(session: session, body: Self.body(RegistrationOutcome.accepted.rawValue), grant: nil))
        }
    }

    // MARK: Steps

    func letterDigest(_ code: [UInt8], of document: NationalDocument) -> [UInt8] {
        keys.digest(code, for: "letter", of: Array(document.text.utf8))
    }

    /// Whether it is the code by which the person was registered: they may not have heard of it.
    private func isUsed(
        _ tx: StoreTransaction<some StoreAccess>, _ digest: [UInt8], by document: NationalDocument
    ) throws(StoreError) -> Bool {
        guard let used = try tx.letters.used(by: document, at: now()) else { return false }
        return constantTimeEqual(unsafe digest.span.bytes, unsafe used.digest.span.bytes)
    }

    private func refuseCode(
        _ tx: WriteTransaction, _ letter: LetterRecord?, _ document: NationalDocument, _ address: String
    ) throws(StoreError) -> StepOutcome {
        try tx.letters.countWrongCode(against: letter)
        try audit(tx, Self.letterAct, subject: document.masked, address: address, outcome: "code or data wrong")
        return begun(.wrong)
    }
}
