import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import SecureMemory

/// Activation by a code sent to the registered phone: two steps, `start` and `finish`.
extension GatewayServices {
    /// Takes document and contrast datum; an errand sends a code if they are somebody's. The reply does not tell.
    func startSMS(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let asked = Self.asked(step) else { return .refusal(Refusal(.malformed)) }
        let code = RandomCode.digits(ClaveRules.smsCodeDigits)
        let session = randomBytes(GatewayLimits.identifier)
        let life = ClaveRules.smsCodeLife.components.seconds
        let reply = try database.write { (tx, effects) throws(StoreError) -> [UInt8] in
            if let seconds = try limiter.countAttempt(tx, asked.document, address, act: "activation by SMS") {
                return SMSStartReply.tooMany(seconds: UInt32(clamping: seconds)).bytes
            }
            try tx.activations.begin(
                PendingActivation(
                    session: session, signingKey: step.signingKey,
                    code: keys.digest(code, for: "SMS code", of: session), triesLeft: ClaveRules.smsCodeTries,
                    expiresAt: now() + life))
            try errands.leave(
                tx, Errand(kind: .activation, request: session, asked: asked, address: address, code: code), &effects)
            return SMSStartReply.sent(note: "", seconds: UInt32(life)).bytes
        }
        return .reply(ActivationReply(session: session, body: reply, grant: nil))
    }

    /// Takes the code; with the right one the device becomes the person's.
    func finishSMS(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard step.session.count == GatewayLimits.identifier, let code = Self.code(step) else {
            return .refusal(Refusal(.malformed))
        }
        return try database.write { (tx, effects) throws(StoreError) in
            let activation = try tx.activations.activation(step.session, at: now())
            guard let activation, activation.signingKey == step.signingKey, activation.triesLeft > 0 else {
                return reply(step, SMSFinishReply.codeOver.bytes)
            }
            let digest = keys.digest(code, for: "SMS code", of: step.session)
            let isRight = constantTimeEqual(unsafe digest.span.bytes, unsafe activation.code.span.bytes)
            guard isRight, let id = activation.citizen, let person = try tx.citizens.find(id: id) else {
                return try countWrongCode(tx, step, address)
            }
            try tx.activations.remove(step.session)
            return try grant(tx, step, for: person, SMSFinishReply.accepted.bytes, &effects)
        }
    }

    // MARK: Steps

    private func countWrongCode(
        _ tx: WriteTransaction, _ step: ActivationStep, _ address: String
    ) throws(StoreError) -> StepOutcome {
        let left = try tx.activations.countWrongCode(step.session)
        try audit(
            tx, "activation by SMS", subject: "", address: address, outcome: "wrong code, \(left) tries left")
        let outcome: SMSFinishReply = left == 0 ? .codeOver : .wrongCode(triesLeft: UInt32(left))
        return reply(step, outcome.bytes)
    }

    private static func asked(_ step: ActivationStep) -> ClaimedPerson? {
        guard let start = decoded(step.body, SMSStart.self),
            let document = try? NationalDocument(parsing: start.document),
            let datum = try? ContrastDatum(kindName: start.datumKind, canonicalText: start.datum)
        else { return nil }
        return ClaimedPerson(document: document, datum: datum, language: "")
    }

    private static func code(_ step: ActivationStep) -> [UInt8]? {
        decoded(step.body, SMSCode.self).flatMap { bytes($0.code) }
    }
}
