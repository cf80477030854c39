public import CertificateTrust
import ClaveDomain
public import GatewayAPI
public import GatewayStore
import SecureMemory

/// The methods by which a certificate proves who somebody is.
public enum CertificateMethod: String, CaseIterable, Sendable {
    case certificate
    /// The certificate of a DNIe card: only one of the DNIe's authorities serves.
    case card = "dnie"
}

/// How people prove by a certificate who they are: two steps, `challenge` and `finish`. The person signs with their
/// certificate's key what the first gave; the second finds out who they are.
public struct CertificateProofs: Sendable {
    /// Seconds in which a challenge is to be signed.
    private static let challengeLife: Int64 = 600
    /// As the audit calls them.
    static let act = "activation by certificate"

    private let database: Database
    private let verifier: CertificateVerifier
    private let origin: String
    private let clock: Clock
    private let audit: AuditWriter
    private let limiter: RateLimiter

    /// - Parameter origin: the gateway's, which every challenge names.
    public init(
        _ database: Database, verifier: CertificateVerifier, origin: String, clock: Clock, audit: AuditWriter,
        limiter: RateLimiter
    ) {
        self.database = database
        self.verifier = verifier
        self.origin = origin
        self.clock = clock
        self.audit = audit
        self.limiter = limiter
    }

    /// Whether `finish` may wait for an OCSP responder.
    public var asksResponders: Bool { verifier.asksResponders }

    /// Gives what is to be signed. Nothing of the person is asked yet.
    public func challenge(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard step.body.withSecret({ $0.count == 0 }) == true else { return .refusal(Refusal(.malformed)) }
        let challenge = CertificateChallenge(
            gateway: origin, session: randomBytes(GatewayLimits.identifier),
            nonce: randomBytes(CertificateChallenge.nonceLength), signingKey: step.signingKey,
            sealingKey: step.sealingKey, issuedAt: UInt64(clock.now()))
        return try database.write { (tx, _) throws(StoreError) in
            if let seconds = try limiter.countAttempt(tx, from: address, act: Self.act) {
                return .refusal(Refusal(.tooMany, String(seconds)))
            }
            try tx.challenges.issue(
                challenge.bytes, session: challenge.session, signingKey: step.signingKey,
                sealingKey: step.sealingKey, until: clock.now() + Self.challengeLife)
            return .beginning(challenge.session, challenge.bytes)
        }
    }

    // MARK: The signature

    /// What a step comes to that brings a signature.
    enum Proof {
        case holder(CertificateVerifier.Holder)
        /// It proves nothing: what the device is told.
        case refused(StepOutcome)
    }

    /// Whose signature a step brings.
    ///
    /// The challenge is used up before the signature is looked at, so that it serves once, whatever comes of it. No
    /// write waits while a responder is asked about the certificate.
    func holder(
        _ step: ActivationStep, by method: CertificateMethod, address: String
    ) throws(StoreError) -> Proof {
        guard step.session.count == GatewayLimits.identifier, let signature = step.body.copiedBytes else {
            return .refused(.refusal(Refusal(.malformed)))
        }
        let content: [UInt8]
        switch try takeChallenge(step, address) {
        case .success(let bytes): content = bytes
        case .failure(let refusal): return .refused(try refuse(step, refusal, address))
        }
        do throws(CertificateRefusal) {
            let holder = try verifier.holder(of: signature, over: content, at: clock.now())
            guard holder.hasDNIe || method != .card else {
                throw CertificateRefusal(.untrusted, document: holder.document)
            }
            return .holder(holder)
        } catch {
            return .refused(try refuse(step, error, address))
        }
    }

    /// The content that this session's device was to sign, given out once.
    private func takeChallenge(
        _ step: ActivationStep, _ address: String
    ) throws(StoreError) -> Result<[UInt8], CertificateRefusal> {
        try database.write { (tx, _) throws(StoreError) in
            if try limiter.countAttempt(tx, from: address, act: Self.act) != nil {
                return .failure(CertificateRefusal(.tooMany))
            }
            let content = try tx.challenges.take(
                session: step.session, signingKey: step.signingKey, sealingKey: step.sealingKey, at: clock.now())
            return content.map { .success($0) } ?? .failure(CertificateRefusal(.challengeOver))
        }
    }

    // MARK: Refusing

    private func refuse(
        _ step: ActivationStep, _ refusal: CertificateRefusal, _ address: String
    ) throws(StoreError) -> StepOutcome {
        try database.write { (tx, _) throws(StoreError) in try refuse(tx, step, refusal, address) }
    }

    /// Refuses in the caller's write.
    func refuse(
        _ tx: WriteTransaction, _ step: ActivationStep, _ refusal: CertificateRefusal, _ address: String
    ) throws(StoreError) -> StepOutcome {
        // Who comes too often fills no disk either.
        if refusal.outcome != .tooMany {
            try audit.record(
                tx, Self.act, subject: refusal.document?.masked ?? "", address: address,
                outcome: refusal.outcome.auditText)
        }
        return .answering(step, [refusal.outcome.rawValue])
    }
}

extension CertificateVerifier.Holder {
    /// That they were accepted, as the audit tells it.
    var auditText: String {
        switch revocation {
        case .good: "accepted"
        case nil: "accepted, revocation not asked"
        default: "accepted, revocation unknown"
        }
    }
}

extension CertificateOutcome {
    /// The outcome as the audit tells it.
    fileprivate var auditText: String {
        switch self {
        case .accepted: "accepted"
        case .wrongSignature: "wrong signature"
        case .untrusted: "authority not trusted"
        case .expired: "certificate not in force"
        case .revoked: "certificate revoked"
        case .revocationUnknown: "revocation unknown"
        case .wrongUsage: "certificate for other uses"
        case .noDocument: "no document in the certificate"
        case .notRegistered: "not registered"
        case .challengeOver: "challenge over"
        case .tooMany: "too many"
        }
    }
}
