import ClaveDomain
import GatewayAPI
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
    static let letterAct = "letter"
    private static let month: Int64 = 30 * 86_400

    /// State of a letter's row.
    enum LetterState: Int64 {
        case live = 0
        case used = 1
        /// Of wrong tries, or because a newer one was sent.
        case void = 2
    }

    /// Takes document and contrast datum; if they are somebody's who is not registered, a letter goes out, by an errand. The
    /// reply does not tell.
    func requestLetter(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let asked = Self.person(step.body) else { return .refusal(Refusal(.malformed)) }
        guard let printer, !printer.isFull else { return begun(.busy) }
        let outcome = try store.write { (tx) throws(StoreError) -> StepOutcome in
            if let seconds = try countAttempt(tx, asked.document, address, act: Self.letterAct) {
                return begun(.tooMany, seconds)
            }
            try leave(tx, Errand(kind: .letter, asked: asked, address: address))
            return begun(.accepted)
        }
        wakeErrands()
        return outcome
    }

    /// Takes a letter's code with the data of the person; with the right ones the session may give phone and e-mail.
    ///
    /// The letter stays good until the registration is complete: who is interrupted begins here again.
    func redeemLetter(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let (asked, code) = Self.letterProof(step.body) else { return .refusal(Refusal(.malformed)) }
        let session = randomBytes(GatewayLimits.identifier)
        return try store.write { (tx) throws(StoreError) in
            if let seconds = try countAttempt(tx, asked.document, address, act: Self.letterAct) {
                return begun(.tooMany, seconds)
            }
            let letter = try tx.run(
                "SELECT id, code, tries_left FROM letters WHERE document = ? AND state = 0 AND expires_at > ?",
                .text(asked.document.text), .integer(now())
            ).first
            let (given, kept) = (letterDigest(code, of: asked.document), letter?.blob(1) ?? [])
            let isRight = constantTimeEqual(unsafe given.span.bytes, unsafe kept.span.bytes)
            let person = try listed(tx, asked)
            let registered = try citizen(tx, asked.document)
            if person != nil, let registered, try isUsed(tx, given, by: asked.document) {
                return begun(.alreadyRegistered, Int64(registered.level.rawValue))
            }
            guard isRight, let letter, let person, registered == nil else {
                // Whoever knows no more than the document spoils nobody's letter.
                return try refuseCode(tx, person == nil ? nil : letter, asked.document, address)
            }
            try beginRegistration(
                tx,
                Proof(
                    way: "letter", document: asked.document, name: person.name, level: .basic, datum: asked.datum,
                    letter: letter.integer(0)), session, step)
            try audit(tx, Self.letterAct, subject: asked.document.masked, address: address, outcome: "code right")
            return .reply(
                ActivationReply(session: session, body: Self.body(RegistrationOutcome.accepted.rawValue), grant: nil))
        }
    }

    // MARK: Steps

    func letterDigest(_ code: [UInt8], of document: NationalDocument) -> [UInt8] {
        keys.digest(code, for: "letter", of: Array(document.text.utf8))
    }

    /// Whether a letter may go out for these data.
    func mayHaveLetter(_ tx: StoreTransaction<some StoreAccess>, _ asked: ClaimedPerson) throws(StoreError) -> Bool {
        guard try listed(tx, asked) != nil, try citizen(tx, asked.document) == nil else { return false }
        return try letterIsDue(tx, asked.document)
    }

    /// Whether the month's letters to a person leave one more.
    func letterIsDue(_ tx: StoreTransaction<some StoreAccess>, _ document: NationalDocument) throws(StoreError) -> Bool
    {
        let sent = try tx.run(
            "SELECT count(*) FROM letters WHERE document = ? AND sent_at > ?", .text(document.text),
            .integer(now() - Self.month))
        return sent[0].integer(0) < ClaveRules.lettersPerMonth
    }

    /// A letter that waits to be printed; the one before is void.
    func queueLetter(_ tx: WriteTransaction, to document: NationalDocument) throws(StoreError) {
        try voidLetters(tx, of: document)
        try tx.run(
            """
            INSERT INTO letters (document, code, tries_left, sent_at, expires_at, state) VALUES (?, x'', ?, ?, ?, 0)
            """, .text(document.text), .integer(Int64(ClaveRules.letterTries)), .integer(now()),
            .integer(now() + ClaveRules.letterLife.components.seconds))
    }

    func voidLetters(_ tx: WriteTransaction, of document: NationalDocument) throws(StoreError) {
        let live = SQLValue.text(document.text)
        // A letter whose printing was cut off has its seed still.
        let hasSeed = try tx.run(
            "SELECT 1 FROM letters WHERE document = ? AND state = 0 AND seed <> x''", live)
        if !hasSeed.isEmpty { tx.leavesNoTrace() }
        try tx.run("UPDATE letters SET state = 2, seed = x'' WHERE document = ? AND state = 0", live)
    }

    /// Whether it is the code by which the person was registered: they may not have heard of it.
    private func isUsed(
        _ tx: StoreTransaction<some StoreAccess>, _ digest: [UInt8], by document: NationalDocument
    ) throws(StoreError) -> Bool {
        let used = try tx.run(
            "SELECT code FROM letters WHERE document = ? AND state = 1 AND expires_at > ? ORDER BY id DESC LIMIT 1",
            .text(document.text), .integer(now())
        ).first?.blob(0)
        guard let used else { return false }
        return constantTimeEqual(unsafe digest.span.bytes, unsafe used.span.bytes)
    }

    private func refuseCode(
        _ tx: WriteTransaction, _ letter: [SQLValue]?, _ document: NationalDocument, _ address: String
    ) throws(StoreError) -> StepOutcome {
        if let letter {
            let left = letter.integer(2) - 1
            try tx.run(
                "UPDATE letters SET tries_left = ?, state = ? WHERE id = ?", .integer(left),
                .integer(left > 0 ? LetterState.live.rawValue : LetterState.void.rawValue), .integer(letter.integer(0)))
        } else {
            // The same work where there is no letter to spoil.
            try tx.run(
                "UPDATE letters SET tries_left = tries_left WHERE id = (SELECT max(id) FROM letters)")
        }
        try audit(tx, Self.letterAct, subject: document.masked, address: address, outcome: "code or data wrong")
        return begun(.wrong)
    }
}
