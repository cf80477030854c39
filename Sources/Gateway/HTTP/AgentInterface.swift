import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import SecureMemory

/// A request of an agent's, as HTTP brought it.
struct AgentCall: Sendable {
    let content: SignedContent
    let digest: String?
    let signatureInput: String?
    let signature: String?
    /// The agent's network address.
    let address: String
}

/// What an agent is answered.
enum AgentAnswer: Equatable, Sendable {
    /// A status and a signed body.
    case reply(status: UInt32, body: [UInt8])
    /// The stream of a device's events, behind a sequence number.
    case stream(device: Int64, after: UInt64)
}

/// The interface for agents: every request's signature, time and nonce are checked here, before anything is done. Nothing is
/// written for a key that nobody has activated before a limit has counted the address that calls.
extension GatewayServices {
    /// Answers a call; every answer but a stream is signed, bound to the request's nonce.
    func answer(_ call: AgentCall) -> AgentAnswer {
        if call.content.method == "GET", call.content.path == GatewayDescription.path {
            return reply(description(), nonce: [])
        }
        guard
            let parameters = call.content.verifiedParameters(
                digest: call.digest, signatureInput: call.signatureInput, signature: call.signature)
        else { return refuse(Refusal(.signature), nonce: []) }
        let created = Int64(clamping: parameters.created)
        guard abs(created - now()) <= Int64(SignatureParameters.clockTolerance) else {
            return refuse(Refusal(.clock, String(now())), nonce: parameters.nonce)
        }
        do throws(StoreError) {
            return try route(call, parameters)
        } catch {
            return refuse(Refusal(.failed), nonce: parameters.nonce)
        }
    }

    /// Whether a call may wait for an OCSP responder, and is not to be answered on a thread that others wait for: a step that
    /// brings a certificate's signature.
    func mayWait(_ call: AgentCall) -> Bool {
        guard certificates?.proofs.asksResponders == true else { return false }
        return CertificateMethod.allCases.map(\.rawValue).contains { method in
            [
                ActivationStep.path(method: method, step: CertificateChallenge.finishStep),
                Registration.path(plugin: method, step: CertificateChallenge.finishStep),
            ].contains(call.content.path)
        }
    }

    /// Refuses a call without looking into it: too many others wait. Nothing of it is used up.
    func refuseForNow(_ call: AgentCall) -> AgentAnswer {
        let parameters = call.content.verifiedParameters(
            digest: call.digest, signatureInput: call.signatureInput, signature: call.signature)
        guard let parameters else { return refuse(Refusal(.signature), nonce: []) }
        return refuse(Refusal(.tooMany, "10"), nonce: parameters.nonce)
    }

    /// Who this gateway is.
    func description() -> GatewayDescription {
        GatewayDescription(
            name: settings.name, signingKey: keys.signing.publicKey, sealingKey: keys.sealing.publicKey,
            pins: settings.pins,
            methods: [SMSActivation.method] + certificateMethods, ways: ways,
            time: UInt64(now()))
    }

    private var certificateMethods: [String] { certificates == nil ? [] : CertificateMethod.allCases.map(\.rawValue) }

    /// The ways of registration that this gateway offers.
    var ways: [String] {
        certificateMethods + (letters.isOffered ? [LetterService.method] : [])
            + (settings.callHours == .none ? [] : [Self.callMethod])
    }

    // MARK: Routes

    private func route(_ call: AgentCall, _ parameters: SignatureParameters) throws(StoreError) -> AgentAnswer {
        let path = call.content.path
        if call.content.method == "POST", path.hasPrefix("/agent/v1/activation/") || path.hasPrefix(Registration.prefix)
        {
            return try activation(call, parameters)
        }
        let device: Device
        switch try deviceService.active(signingKey: parameters.publicKey) {
        case .success(let found): device = found
        case .failure(let refusal): return refuse(refusal, nonce: parameters.nonce)
        }
        if let refusal = try nonceGuard.take(parameters) { return refuse(refusal, nonce: parameters.nonce) }
        switch (call.content.method, path) {
        case ("GET", Push.path): return .stream(device: device.id, after: call.content.lastEventID ?? 0)
        case ("POST", _): return try post(call, device, nonce: parameters.nonce)
        default: return refuse(Refusal(.notFound), nonce: parameters.nonce)
        }
    }

    private func activation(_ call: AgentCall, _ parameters: SignatureParameters) throws(StoreError) -> AgentAnswer {
        guard let step = ActivationStep.open(call.content.body, with: keys.sealing),
            step.signingKey == parameters.publicKey, DeviceName.isPlain(step.deviceName)
        else { return refuse(Refusal(.malformed), nonce: parameters.nonce) }
        if let refusal = try nonceGuard.take(parameters, stranger: call.address) {
            return refuse(refusal, nonce: parameters.nonce)
        }
        switch try outcome(of: step, call) {
        case .reply(let body): return reply(body, nonce: parameters.nonce)
        case .refusal(let refusal): return refuse(refusal, nonce: parameters.nonce)
        }
    }

    private func outcome(of step: ActivationStep, _ call: AgentCall) throws(StoreError) -> StepOutcome {
        switch call.content.path {
        case ActivationStep.path(method: SMSActivation.method, step: SMSStart.step):
            return try smsActivation.start(step, address: call.address)
        case ActivationStep.path(method: SMSActivation.method, step: SMSCode.step):
            return try smsActivation.finish(step, address: call.address)
        default: break
        }
        if call.content.path.hasPrefix(Registration.prefix) { return try registration(step, call) }
        guard let certificates else { return .refusal(Refusal(.notFound)) }
        for method in CertificateMethod.allCases {
            switch call.content.path {
            case ActivationStep.path(method: method.rawValue, step: CertificateChallenge.step):
                return try certificates.proofs.challenge(step, address: call.address)
            case ActivationStep.path(method: method.rawValue, step: CertificateChallenge.finishStep):
                return try certificates.activation.finish(step, by: method, address: call.address)
            default: break
            }
        }
        return .refusal(Refusal(.notFound))
    }

    private func registration(_ step: ActivationStep, _ call: AgentCall) throws(StoreError) -> StepOutcome {
        let parts = call.content.path.dropFirst(Registration.prefix.count).split(separator: "/").map(String.init)
        guard parts.count == 2 else { return .refusal(Refusal(.notFound)) }
        if parts[0] == Registration.plugin { return try register(step, parts[1], address: call.address) }
        guard let certificates, let method = CertificateMethod(rawValue: parts[0]) else {
            return .refusal(Refusal(.notFound))
        }
        switch parts[1] {
        case CertificateChallenge.step: return try certificates.proofs.challenge(step, address: call.address)
        case CertificateChallenge.finishStep:
            return try certificates.registration.prove(step, by: method, address: call.address)
        default: return .refusal(Refusal(.notFound))
        }
    }

    /// A step of a registration, but for those of certificates.
    private func register(_ step: ActivationStep, _ name: String, address: String) throws(StoreError) -> StepOutcome {
        if let done = try registrations.grantAgain(step) { return done }
        return switch name {
        case Registration.letterStep: try letters.request(step, address: address)
        case Registration.codeStep: try letters.redeem(step, address: address)
        case Registration.stateStep: try registrations.state(step)
        case Registration.contactStep: try contacts.take(step, address: address)
        case Registration.confirmStep: try contacts.confirm(step, address: address)
        case Registration.activateStep: try registrations.activate(step)
        case RegistrationCall.slotsStep where settings.callHours != .none: try callSlots(step, address: address)
        case RegistrationCall.bookStep where settings.callHours != .none: try bookCall(step, address: address)
        case RegistrationCall.followStep: try followCall(step)
        default: .refusal(Refusal(.notFound))
        }
    }

    private func post(_ call: AgentCall, _ device: Device, nonce: [UInt8]) throws(StoreError) -> AgentAnswer {
        let bytes = call.content.body
        switch call.content.path {
        case PINShown.path:
            guard let body = try? PINShown.decode(unsafe bytes.span.bytes) else { break }
            try deviceService.forget(body.identifier, of: device)
            return reply(Accepted(), nonce: nonce)
        case MobileAnswer.path:
            guard let body = try? MobileAnswer.decode(unsafe bytes.span.bytes) else { break }
            if let refusal = try approvals.answer(body, by: device) { return refuse(refusal, nonce: nonce) }
            return reply(Accepted(), nonce: nonce)
        case MobileClaim.path:
            guard let body = try? MobileClaim.decode(unsafe bytes.span.bytes) else { break }
            switch try approvals.claim(body.token, by: device) {
            case .success(let details): return reply(details, nonce: nonce)
            case .failure(let refusal): return refuse(refusal, nonce: nonce)
            }
        case Upgrade.path:
            guard let grant = try deviceService.upgrade(device) else { return refuse(Refusal(.notFound), nonce: nonce) }
            return reply(grant, nonce: nonce)
        case Renunciation.path:
            try renounce(by: device, address: call.address)
            return reply(Accepted(), nonce: nonce)
        case Deactivation.path:
            try deviceService.deactivate(device)
            return reply(Accepted(), nonce: nonce)
        default: return refuse(Refusal(.notFound), nonce: nonce)
        }
        return refuse(Refusal(.malformed), nonce: nonce)
    }

    // MARK: Signing

    private func reply(_ body: some Body, nonce: [UInt8]) -> AgentAnswer {
        .reply(
            status: 200,
            body: Envelope.signed(body.bytes, context: .reply, binding: nonce, status: 200, by: keys.signing))
    }

    private func refuse(_ refusal: Refusal, nonce: [UInt8]) -> AgentAnswer {
        let body = Envelope.signed(
            refusal.bytes, context: .reply, binding: nonce, status: refusal.status, by: keys.signing)
        return .reply(status: refusal.status, body: body)
    }
}
