import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import SecureMemory
import WebServer

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
struct AgentInterface: Sendable {
    let settings: GatewaySettings
    let keys: GatewayKeys
    let clock: Clock
    let nonces: NonceGuard
    let devices: DeviceService
    let approvals: ApprovalService
    let sms: SMSActivation
    /// Nil where no authority is trusted.
    let certificates: CertificateServices?
    let registrations: RegistrationService
    let letters: LetterService
    let contacts: ContactService
    let calls: CallService
    let removals: RemovalService

    /// Answers a call; every answer but a stream is signed, bound to the request's nonce.
    func answer(_ call: AgentCall) -> AgentAnswer {
        let handler = Self.route(call.content.method, call.content.path)?.handler
        if case .description? = handler { return reply(description().bytes, nonce: []) }
        guard
            let parameters = call.content.verifiedParameters(
                digest: call.digest, signatureInput: call.signatureInput, signature: call.signature)
        else { return refuse(Refusal(.signature), nonce: []) }
        let (created, now) = (Int64(clamping: parameters.created), clock.now())
        guard abs(created - now) <= Int64(SignatureParameters.clockTolerance) else {
            return refuse(Refusal(.clock, String(now)), nonce: parameters.nonce)
        }
        do throws(StoreError) {
            if case .step(let act)? = handler { return try answer(call, parameters, step: act) }
            return try answer(call, parameters, handler)
        } catch {
            return refuse(Refusal(.failed), nonce: parameters.nonce)
        }
    }

    /// Whether the routes that may wait for an OCSP responder do.
    var asksResponders: Bool { certificates?.proofs.asksResponders == true }

    /// Refuses a call without looking into it: too many others wait. Nothing of it is used up.
    func refuseForNow(_ call: AgentCall) -> AgentAnswer {
        let parameters = call.content.verifiedParameters(
            digest: call.digest, signatureInput: call.signatureInput, signature: call.signature)
        guard let parameters else { return refuse(Refusal(.signature), nonce: []) }
        return refuse(Refusal(.tooMany, "10"), nonce: parameters.nonce)
    }

    // MARK: What there is

    /// Who this gateway is.
    func description() -> GatewayDescription {
        GatewayDescription(
            name: settings.name, signingKey: keys.signing.publicKey, sealingKey: keys.sealing.publicKey,
            pins: settings.pins, methods: [SMSActivation.method] + certificateMethods, ways: ways,
            time: UInt64(clock.now()))
    }

    /// The ways of registration that this gateway offers.
    var ways: [String] {
        certificateMethods + (letters.isOffered ? [LetterService.method] : [])
            + (hasCalls ? [CallService.method] : [])
    }

    /// Whether video calls are held.
    var hasCalls: Bool { settings.callHours != .none }

    private var certificateMethods: [String] {
        certificates == nil ? [] : CertificateMethod.allCases.map(\.rawValue)
    }

    // MARK: Routes

    /// What is done at an address; nil where nothing is. A path is signed, and taken as it is written: none that has more
    /// strokes is the same.
    static func route(_ method: String, _ path: String) -> Route<Handler>? {
        let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.first?.isEmpty == true, !parts.dropFirst().contains(where: \.isEmpty) else { return nil }
        return routes.match(method, path: path)?.route
    }

    /// Answers a step of a device that acts for nobody yet.
    private func answer(
        _ call: AgentCall, _ parameters: SignatureParameters, step act: Step
    ) throws(StoreError) -> AgentAnswer {
        guard let step = ActivationStep.open(call.content.body, with: keys.sealing),
            step.signingKey == parameters.publicKey, DeviceName.isPlain(step.deviceName)
        else { return refuse(Refusal(.malformed), nonce: parameters.nonce) }
        if let refusal = try nonces.take(parameters, stranger: call.address) {
            return refuse(refusal, nonce: parameters.nonce)
        }
        switch try act(self, step, call.address) {
        case .reply(let body): return reply(body.bytes, nonce: parameters.nonce)
        case .refusal(let refusal): return refuse(refusal, nonce: parameters.nonce)
        }
    }

    /// Answers a device that acts for somebody.
    private func answer(
        _ call: AgentCall, _ parameters: SignatureParameters, _ handler: Handler?
    ) throws(StoreError) -> AgentAnswer {
        let device: Device
        switch try devices.active(signingKey: parameters.publicKey) {
        case .success(let found): device = found
        case .failure(let refusal): return refuse(refusal, nonce: parameters.nonce)
        }
        if let refusal = try nonces.take(parameters) { return refuse(refusal, nonce: parameters.nonce) }
        switch handler {
        case .events: return .stream(device: device.id, after: call.content.lastEventID ?? 0)
        case .device(let act):
            switch try act(self, call, device) {
            case .success(let body): return reply(body, nonce: parameters.nonce)
            case .failure(let refusal): return refuse(refusal, nonce: parameters.nonce)
            }
        case .description, .step, nil: return refuse(Refusal(.notFound), nonce: parameters.nonce)
        }
    }

    // MARK: Signing

    private func reply(_ body: [UInt8], nonce: [UInt8]) -> AgentAnswer {
        .reply(
            status: 200, body: Envelope.signed(body, context: .reply, binding: nonce, status: 200, by: keys.signing))
    }

    private func refuse(_ refusal: Refusal, nonce: [UInt8]) -> AgentAnswer {
        let body = Envelope.signed(
            refusal.bytes, context: .reply, binding: nonce, status: refusal.status, by: keys.signing)
        return .reply(status: refusal.status, body: body)
    }
}

extension AgentInterface {
    /// The interface to these services.
    init(_ services: Services) {
        self.init(
            settings: services.settings, keys: services.keys, clock: services.clock, nonces: services.nonces,
            devices: services.devices, approvals: services.approvals, sms: services.smsActivation,
            certificates: services.certificates, registrations: services.registrations, letters: services.letters,
            contacts: services.contacts, calls: services.calls, removals: services.removals)
    }
}
