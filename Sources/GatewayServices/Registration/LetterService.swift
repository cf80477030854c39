import ClaveDomain
public import GatewayAPI
public import GatewayStore
import SecureMemory

/// Registration by a letter to the fiscal address.
public struct LetterService: Sendable {
    /// As agents know this way of registration.
    public static let method = "letter"

    private let database: Database
    private let clock: Clock
    private let audit: AuditWriter
    private let limiter: RateLimiter
    private let errands: ErrandQueue
    private let codes: LetterCodes
    private let census: CensusService
    private let registrations: RegistrationService
    private let printer: (any LetterPrinter)?

    /// - Parameter printer: prints letters; nil where nobody is registered by letter.
    public init(
        _ database: Database, clock: Clock, audit: AuditWriter, limiter: RateLimiter, errands: ErrandQueue,
        codes: LetterCodes, census: CensusService, registrations: RegistrationService,
        printer: (any LetterPrinter)?
    ) {
        self.database = database
        self.clock = clock
        self.audit = audit
        self.limiter = limiter
        self.errands = errands
        self.codes = codes
        self.census = census
        self.registrations = registrations
        self.printer = printer
    }

    /// Whether people are registered by letter.
    public var isOffered: Bool { printer != nil }

    /// Takes document and contrast datum; if they are somebody's who is not registered, a letter goes out, by an errand. The
    /// reply does not tell.
    public func request(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let asked = step.claimedPerson else { return .refusal(Refusal(.malformed)) }
        guard let printer, !printer.isFull else { return .beginning(.busy) }
        return try database.write { (tx, effects) throws(StoreError) in
            if let seconds = try limiter.countAttempt(tx, asked.document, address, act: LetterQueue.act) {
                return .beginning(.tooMany, seconds)
            }
            try errands.leave(tx, Errand(kind: .letter, asked: asked, address: address), &effects)
            return .beginning(.accepted)
        }
    }

    /// Takes a letter's code with the data of the person; with the right ones the session may give phone and e-mail.
    ///
    /// The letter stays good until the registration is complete: who is interrupted begins here again.
    public func redeem(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let (asked, code) = Self.proof(step) else { return .refusal(Refusal(.malformed)) }
        let session = randomBytes(GatewayLimits.identifier)
        return try database.write { (tx, _) throws(StoreError) in
            if let seconds = try limiter.countAttempt(tx, asked.document, address, act: LetterQueue.act) {
                return .beginning(.tooMany, seconds)
            }
            let letter = try tx.letters.live(of: asked.document, at: clock.now())
            let (given, kept) = (codes.digest(code, of: asked.document), letter?.digest ?? [])
            let isRight = constantTimeEqual(unsafe given.span.bytes, unsafe kept.span.bytes)
            let person = try census.entry(tx, of: asked)
            let registered = try tx.citizens.find(asked.document)
            if person != nil, let registered, try isUsed(tx, given, by: asked.document) {
                return .beginning(.alreadyRegistered, Int64(registered.level.rawValue))
            }
            guard isRight, let letter, let person, registered == nil else {
                // Whoever knows no more than the document spoils nobody's letter.
                return try refuseCode(tx, person == nil ? nil : letter, asked.document, address)
            }
            let proof = IdentityProof(
                way: Self.method, document: asked.document, name: person.name, level: .basic, datum: asked.datum,
                letter: letter.number)
            try registrations.begin(tx, proof, RegistrationSession(session, of: step))
            try audit.record(
                tx, LetterQueue.act, subject: asked.document.masked, address: address, outcome: "code right")
            return .beginning(session, RegistrationOutcome.accepted.body())
        }
    }

    // MARK: Steps

    private static func proof(_ step: ActivationStep) -> (ClaimedPerson, [UInt8])? {
        guard let proof = step.decoded(LetterProof.self), let asked = ClaimedPerson(proof.person),
            let code = proof.code.copiedBytes, code.count == LetterCode.length
        else { return nil }
        return (asked, code)
    }

    /// Whether it is the code by which the person was registered: they may not have heard of it.
    private func isUsed(
        _ tx: StoreTransaction<some StoreAccess>, _ digest: [UInt8], by document: NationalDocument
    ) throws(StoreError) -> Bool {
        guard let used = try tx.letters.used(by: document, at: clock.now()) else { return false }
        return constantTimeEqual(unsafe digest.span.bytes, unsafe used.digest.span.bytes)
    }

    private func refuseCode(
        _ tx: WriteTransaction, _ letter: LetterRecord?, _ document: NationalDocument, _ address: String
    ) throws(StoreError) -> StepOutcome {
        try tx.letters.countWrongCode(against: letter)
        try audit.record(
            tx, LetterQueue.act, subject: document.masked, address: address, outcome: "code or data wrong")
        return .beginning(.wrong)
    }
}
