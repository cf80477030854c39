import ClaveDomain
public import GatewayAPI
public import GatewayStore
import SecureMemory

/// Activation by a code sent to the registered phone: two steps, `start` and `finish`.
public struct SMSActivation: Sendable {
    /// Its name among the methods.
    public static let method = "sms"
    private static let act = "activation by SMS"

    private let database: Database
    private let keys: GatewayKeys
    private let clock: Clock
    private let audit: AuditWriter
    private let limiter: RateLimiter
    private let errands: ErrandQueue
    private let grants: DeviceGrants

    public init(
        _ database: Database, keys: GatewayKeys, clock: Clock, audit: AuditWriter, limiter: RateLimiter,
        errands: ErrandQueue, grants: DeviceGrants
    ) {
        self.database = database
        self.keys = keys
        self.clock = clock
        self.audit = audit
        self.limiter = limiter
        self.errands = errands
        self.grants = grants
    }

    /// Takes document and contrast datum; an errand sends a code if they are somebody's. The reply does not tell.
    public func start(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let asked = Self.asked(step) else { return .refusal(Refusal(.malformed)) }
        let code = RandomCode.digits(ClaveRules.smsCodeDigits)
        let session = randomBytes(GatewayLimits.identifier)
        let life = ClaveRules.smsCodeLife.components.seconds
        let reply = try database.write { (tx, effects) throws(StoreError) -> [UInt8] in
            if let seconds = try limiter.countAttempt(tx, asked.document, address, act: Self.act) {
                return SMSStartReply.tooMany(seconds: UInt32(clamping: seconds)).bytes
            }
            try tx.activations.begin(
                PendingActivation(
                    session: session, signingKey: step.signingKey,
                    code: keys.digest(code, for: "SMS code", of: session), triesLeft: ClaveRules.smsCodeTries,
                    expiresAt: clock.now() + life))
            try errands.leave(
                tx, Errand(kind: .activation, request: session, asked: asked, address: address, code: code), &effects)
            return SMSStartReply.sent(note: "", seconds: UInt32(life)).bytes
        }
        return .beginning(session, reply)
    }

    /// Takes the code; with the right one the device becomes the person's.
    public func finish(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard step.session.count == GatewayLimits.identifier,
            let code = step.decoded(SMSCode.self)?.code.copiedBytes
        else { return .refusal(Refusal(.malformed)) }
        return try database.write { (tx, effects) throws(StoreError) in
            let activation = try tx.activations.activation(step.session, at: clock.now())
            guard let activation, activation.signingKey == step.signingKey, activation.triesLeft > 0 else {
                return .answering(step, SMSFinishReply.codeOver.bytes)
            }
            let digest = keys.digest(code, for: "SMS code", of: step.session)
            let isRight = constantTimeEqual(unsafe digest.span.bytes, unsafe activation.code.span.bytes)
            guard isRight, let id = activation.citizen, let person = try tx.citizens.find(id: id) else {
                return try countWrongCode(tx, step, address)
            }
            try tx.activations.remove(step.session)
            return try grants.grant(tx, step, for: person, SMSFinishReply.accepted.bytes, &effects)
        }
    }

    // MARK: Steps

    private func countWrongCode(
        _ tx: WriteTransaction, _ step: ActivationStep, _ address: String
    ) throws(StoreError) -> StepOutcome {
        let left = try tx.activations.countWrongCode(step.session)
        try audit.record(tx, Self.act, subject: "", address: address, outcome: "wrong code, \(left) tries left")
        let outcome: SMSFinishReply = left == 0 ? .codeOver : .wrongCode(triesLeft: UInt32(left))
        return .answering(step, outcome.bytes)
    }

    private static func asked(_ step: ActivationStep) -> ClaimedPerson? {
        guard let start = step.decoded(SMSStart.self),
            let document = try? NationalDocument(parsing: start.document),
            let datum = try? ContrastDatum(kindName: start.datumKind, canonicalText: start.datum)
        else { return nil }
        return ClaimedPerson(document: document, datum: datum, language: "")
    }
}
