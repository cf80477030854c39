import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import WebServer

// The agents' addresses (GATEWAY-API.md): each is one row, with what is done there.
extension AgentInterface {
    /// What is done at an address.
    enum Handler: Sendable {
        /// Anybody is told who this gateway is.
        case description
        /// The stream of a device's events begins.
        case events
        /// A device that acts for somebody is answered with these bytes, or refused.
        case device(@Sendable (AgentInterface, AgentCall, Device) throws(StoreError) -> Result<[UInt8], Refusal>)
        /// A step is done of an activation or a registration, for a device of nobody's that calls from this address.
        case step(Step)
    }

    typealias Step = @Sendable (AgentInterface, ActivationStep, String) throws(StoreError) -> StepOutcome

    /// All addresses that there are. What is called at another is refused, signed too.
    static let routes = RouteTable<Handler>(
        [
            get(GatewayDescription.path, signed, .description),
            get(Push.path, signed.union(RequestFields(headers: ["last-event-id"])), .events),
        ] + devices + activations + CertificateMethod.allCases.flatMap(certificates) + registrations + others)

    // MARK: Devices

    private static let devices: [Route<Handler>] = [
        device(PINShown.path) { (agents, body: PINShown, device) throws(StoreError) in
            try agents.devices.forget(body.identifier, of: device)
            return .success(Accepted().bytes)
        },
        device(MobileAnswer.path) { (agents, body: MobileAnswer, device) throws(StoreError) in
            if let refusal = try agents.approvals.answer(body, by: device) { return .failure(refusal) }
            return .success(Accepted().bytes)
        },
        device(MobileClaim.path) { (agents, body: MobileClaim, device) throws(StoreError) in
            try agents.approvals.claim(body.token, by: device).map(\.bytes)
        },
        device(Upgrade.path) { (agents, _: AgentCall, device) throws(StoreError) in
            guard let grant = try agents.devices.upgrade(device) else { return .failure(Refusal(.notFound)) }
            return .success(grant.bytes)
        },
        device(Renunciation.path) { (agents, call: AgentCall, device) throws(StoreError) in
            try agents.removals.renounce(by: device, address: call.address)
            return .success(Accepted().bytes)
        },
        device(Deactivation.path) { (agents, _: AgentCall, device) throws(StoreError) in
            try agents.devices.deactivate(device)
            return .success(Accepted().bytes)
        },
    ]

    // MARK: Activations

    private static let activations: [Route<Handler>] = [
        step(ActivationStep.path(method: SMSActivation.method, step: SMSStart.step)) {
            (agents, step, address) throws(StoreError) in try agents.sms.start(step, address: address)
        },
        step(ActivationStep.path(method: SMSActivation.method, step: SMSCode.step)) {
            (agents, step, address) throws(StoreError) in try agents.sms.finish(step, address: address)
        },
    ]

    /// The steps of one of the methods with a certificate, for an activation and for a registration. The last may have to ask
    /// the certificate's responder.
    private static func certificates(_ method: CertificateMethod) -> [Route<Handler>] {
        let challenge: Step = { (agents, step, address) throws(StoreError) in
            try agents.certificates?.proofs.challenge(step, address: address) ?? .refusal(Refusal(.notFound))
        }
        let (first, last) = (CertificateChallenge.step, CertificateChallenge.finishStep)
        return [
            step(ActivationStep.path(method: method.rawValue, step: first), challenge),
            step(ActivationStep.path(method: method.rawValue, step: last), mayWait: true) {
                (agents, step, address) throws(StoreError) in
                try agents.certificates?.activation.finish(step, by: method, address: address)
                    ?? .refusal(Refusal(.notFound))
            },
            step(Registration.path(plugin: method.rawValue, step: first), challenge),
            step(Registration.path(plugin: method.rawValue, step: last), mayWait: true) {
                (agents, step, address) throws(StoreError) in
                try agents.certificates?.registration.prove(step, by: method, address: address)
                    ?? .refusal(Refusal(.notFound))
            },
        ]
    }

    // MARK: Registrations

    private static let registrations: [Route<Handler>] = [
        registration(Registration.letterStep) { (agents, step, address) throws(StoreError) in
            try agents.letters.request(step, address: address)
        },
        registration(Registration.codeStep) { (agents, step, address) throws(StoreError) in
            try agents.letters.redeem(step, address: address)
        },
        registration(Registration.stateStep) { (agents, step, _) throws(StoreError) in
            try agents.registrations.state(step)
        },
        registration(Registration.contactStep) { (agents, step, address) throws(StoreError) in
            try agents.contacts.take(step, address: address)
        },
        registration(Registration.confirmStep) { (agents, step, address) throws(StoreError) in
            try agents.contacts.confirm(step, address: address)
        },
        registration(Registration.activateStep) { (agents, step, _) throws(StoreError) in
            try agents.registrations.activate(step)
        },
        registration(RegistrationCall.slotsStep) { (agents, step, address) throws(StoreError) in
            guard agents.hasCalls else { return .refusal(Refusal(.notFound)) }
            return try agents.calls.slots(step, address: address)
        },
        registration(RegistrationCall.bookStep) { (agents, step, address) throws(StoreError) in
            guard agents.hasCalls else { return .refusal(Refusal(.notFound)) }
            return try agents.calls.book(step, address: address)
        },
        // Also where no calls are held any more.
        registration(RegistrationCall.followStep) { (agents, step, _) throws(StoreError) in
            try agents.calls.follow(step)
        },
    ]

    /// Steps that this gateway does not know: not found, also for a device that nobody has activated.
    private static let others: [Route<Handler>] = [
        step(ActivationStep.path(method: ":method", step: ":step")) { (_, _, _) throws(StoreError) in
            .refusal(Refusal(.notFound))
        },
        step(Registration.path(plugin: ":plugin", step: ":step")) { (_, _, _) throws(StoreError) in
            .refusal(Refusal(.notFound))
        },
    ]

    // MARK: Rows

    /// What tells whose call it is.
    private static let signed = RequestFields(headers: ["content-digest", "signature-input", "signature"])

    private static func get(_ path: String, _ reads: RequestFields, _ handler: Handler) -> Route<Handler> {
        Route("GET", PathPattern(path), reads: reads, maximumBody: GatewayServer.maximumBody, handler)
    }

    private static func post(_ path: String, mayWait: Bool = false, _ handler: Handler) -> Route<Handler> {
        Route(
            "POST", PathPattern(path), reads: signed, maximumBody: GatewayServer.maximumBody, mayWait: mayWait, handler)
    }

    private static func device(
        _ path: String,
        _ act: @escaping @Sendable (AgentInterface, AgentCall, Device) throws(StoreError) -> Result<[UInt8], Refusal>
    ) -> Route<Handler> {
        post(path, .device(act))
    }

    /// A call that brings a body of its own.
    private static func device<Content: Body>(
        _ path: String,
        _ act: @escaping @Sendable (AgentInterface, Content, Device) throws(StoreError) -> Result<[UInt8], Refusal>
    ) -> Route<Handler> {
        device(path) { (agents, call: AgentCall, device) throws(StoreError) in
            guard let content = try? Content.decode(unsafe call.content.body.span.bytes) else {
                return .failure(Refusal(.malformed))
            }
            return try act(agents, content, device)
        }
    }

    private static func step(_ path: String, mayWait: Bool = false, _ act: @escaping Step) -> Route<Handler> {
        post(path, mayWait: mayWait, .step(act))
    }

    /// A step of the plugin that registers. A device that acts for somebody already gets its grant again, whatever it asks.
    private static func registration(_ name: String, _ act: @escaping Step) -> Route<Handler> {
        step(Registration.path(plugin: Registration.plugin, step: name)) {
            (agents, step, address) throws(StoreError) in
            if let granted = try agents.registrations.grantAgain(step) { return granted }
            return try act(agents, step, address)
        }
    }
}
