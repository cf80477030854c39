import CertificateTrust
import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import SecureMemory

/// Activation by a certificate, of which that of a DNIe card is one: two steps, `challenge` and `finish`. The person signs with their certificate's key what
/// the first gave; the second finds out who they are.
extension GatewayServices {
    /// Their names among the methods.
    static let certificateMethod = "certificate"
    static let cardMethod = "dnie"
    /// Seconds in which a challenge is to be signed.
    private static let challengeLife: Int64 = 600
    private static let act = "activation by certificate"

    /// Gives what is to be signed. Nothing of the person is asked yet.
    func challenge(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard step.body.withSecret({ $0.count == 0 }) == true else { return .refusal(Refusal(.malformed)) }
        let challenge = CertificateChallenge(
            gateway: settings.origin, session: randomBytes(GatewayLimits.identifier),
            nonce: randomBytes(CertificateChallenge.nonceLength), signingKey: step.signingKey,
            sealingKey: step.sealingKey, issuedAt: UInt64(now()))
        return try store.write { (tx) throws(StoreError) in
            if let seconds = try limiter.countAttempt(tx, from: address, act: Self.act) {
                return .refusal(Refusal(.tooMany, String(seconds)))
            }
            try tx.challenges.issue(
                challenge.bytes, session: challenge.session, signingKey: step.signingKey,
                sealingKey: step.sealingKey, until: now() + Self.challengeLife)
            return .reply(ActivationReply(session: challenge.session, body: challenge.bytes, grant: nil))
        }
    }

    /// Takes the signature; if it is a registered person's, the device becomes theirs.
    ///
    /// The challenge is used up before the signature is looked at, so that it serves once, whatever comes of it. No
    /// write waits while a responder is asked about the certificate.
    ///
    /// - Parameter needsDNIe: whether only a certificate of the DNIe's authorities serves.
    func finishCertificate(
        _ step: ActivationStep, by verifier: CertificateVerifier, needsDNIe: Bool, address: String
    ) throws(StoreError) -> StepOutcome {
        let holder: CertificateVerifier.Holder
        switch try self.holder(step, by: verifier, needsDNIe: needsDNIe, address: address) {
        case .success(let found): holder = found
        case .failure(let outcome): return outcome.step
        }
        return try finish(step, holder, address)
    }

    /// What a step comes to that gives no holder.
    struct NoHolder: Error { let step: StepOutcome }

    /// Whose signature a step brings; the challenge is used up.
    func holder(
        _ step: ActivationStep, by verifier: CertificateVerifier, needsDNIe: Bool, address: String
    ) throws(StoreError) -> Result<CertificateVerifier.Holder, NoHolder> {
        guard step.session.count == GatewayLimits.identifier,
            let signature = step.body.withSecret({ $0.withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } } })
        else { return .failure(NoHolder(step: .refusal(Refusal(.malformed)))) }
        let content: [UInt8]
        switch try takeChallenge(step, address) {
        case .success(let bytes): content = bytes
        case .failure(let refusal): return .failure(NoHolder(step: try refuse(step, refusal, address)))
        }
        do throws(CertificateRefusal) {
            let holder = try verifier.holder(of: signature, over: content, at: now())
            guard holder.hasDNIe || !needsDNIe else { throw CertificateRefusal(.untrusted, document: holder.document) }
            return .success(holder)
        } catch {
            return .failure(NoHolder(step: try refuse(step, error, address)))
        }
    }

    /// Registration by certificate: who proves who they are may give phone and e-mail. Who is registered already has the
    /// advanced level from now on.
    func proveByCertificate(
        _ step: ActivationStep, by verifier: CertificateVerifier, method: String, address: String
    ) throws(StoreError) -> StepOutcome {
        let holder: CertificateVerifier.Holder
        switch try self.holder(step, by: verifier, needsDNIe: method == Self.cardMethod, address: address) {
        case .success(let found): holder = found
        case .failure(let outcome): return outcome.step
        }
        return try store.write { (tx) throws(StoreError) in
            try beginRegistration(
                tx,
                IdentityProof(way: method, document: holder.document, name: holder.name, level: .advanced),
                step.session, step)
            if let person = try tx.citizens.find(holder.document) {
                try strengthen(tx, person, method, address)
            }
            try audit(tx, Self.act, subject: holder.document.masked, address: address, outcome: holder.auditText)
            return reply(step, Self.body(CertificateOutcome.accepted.rawValue))
        }
    }

    /// What the proof means for who is registered already: the advanced level, and by the DNIe a renewal.
    private func strengthen(
        _ tx: WriteTransaction, _ person: Citizen, _ method: String, _ address: String
    ) throws(StoreError) {
        if person.level < .advanced {
            try tx.citizens.setLevel(.advanced, of: person.id)
            try audit(
                tx, "level", subject: person.document.masked, address: address,
                outcome: "raised to advanced by \(method)")
        }
        guard method == Self.cardMethod else { return }
        try renew(tx, person)
        try audit(tx, Self.renewalAct, subject: person.document.masked, address: address, outcome: "by \(method)")
    }

    // MARK: Steps

    /// The content that this session's device was to sign, given out once.
    private func takeChallenge(
        _ step: ActivationStep, _ address: String
    ) throws(StoreError) -> Result<[UInt8], CertificateRefusal> {
        try store.write { (tx) throws(StoreError) in
            if try limiter.countAttempt(tx, from: address, act: Self.act) != nil {
                return .failure(CertificateRefusal(.tooMany))
            }
            let content = try tx.challenges.take(
                session: step.session, signingKey: step.signingKey, sealingKey: step.sealingKey, at: now())
            return content.map { .success($0) } ?? .failure(CertificateRefusal(.challengeOver))
        }
    }

    private func finish(
        _ step: ActivationStep, _ holder: CertificateVerifier.Holder, _ address: String
    ) throws(StoreError) -> StepOutcome {
        try database.write { (tx, effects) throws(StoreError) in
            guard let person = try tx.citizens.find(holder.document) else {
                let refusal = CertificateRefusal(.notRegistered, document: holder.document)
                return try refuse(tx, step, refusal, address)
            }
            let body = Self.body(CertificateOutcome.accepted.rawValue)
            let outcome = try grant(tx, step, for: person, body, &effects)
            let word = if case .reply = outcome { holder.auditText } else { "the device was in use before" }
            try audit(tx, Self.act, subject: person.document.masked, address: address, outcome: word)
            return outcome
        }
    }

    private func refuse(
        _ step: ActivationStep, _ refusal: CertificateRefusal, _ address: String
    ) throws(StoreError) -> StepOutcome {
        try store.write { (tx) throws(StoreError) in try refuse(tx, step, refusal, address) }
    }

    private func refuse(
        _ tx: WriteTransaction, _ step: ActivationStep, _ refusal: CertificateRefusal, _ address: String
    ) throws(StoreError) -> StepOutcome {
        // Who comes too often fills no disk either.
        if refusal.outcome != .tooMany {
            try audit(
                tx, Self.act, subject: refusal.document?.masked ?? "", address: address,
                outcome: refusal.outcome.auditText)
        }
        return reply(step, Self.body(refusal.outcome.rawValue))
    }
}

extension CertificateVerifier.Holder {
    /// That they were accepted, as the audit tells it.
    fileprivate var auditText: String {
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
