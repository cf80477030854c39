import AgentProtocol
import Audit
import GatewayAPI
import SecureMemory
import Wire

/// One activation: a plugin proves to a gateway who the person is, and the gateway grants the device's new keys.
///
/// The plugin runs in its own process and is a guest: it sees the person only through questions and the gateway only
/// through exchanges, and whether the activation succeeded is the gateway's signed word, not the plugin's.
@CoreActor
final class ActivationFlow {
    /// Milliseconds that a plugin may be silent while nobody else is at work.
    private static let silence: UInt64 = 60_000
    /// Lines of progress that may wait for the tool.
    private static let maximumLines = 256
    /// Lines of a plugin's, and words of any kind, that may wait for the core: more lines are dropped, more words end it.
    private static let maximumHeardLines = 128
    private static let maximumHeard = 256

    private enum Heard: Sendable {
        case loaded(PluginLoaded)
        case ask(FieldDescription)
        case exchange(String, SecretBox)
        case line(PluginLine)
        case done(PluginDone.Outcome, String)
        case ended(HelperEnded)
        case malformed
        case flood
        case silent
        case cancelled
    }

    private let request: ActivateRequest
    private let client: ClientConnection
    private let core: Core
    private let keys = DeviceKeys()
    private let heard = Mailbox<Heard>()
    private let events = Mailbox<Result<ActivationEvent, AgentError>>()
    private var prefilled: [String: String]
    private var title = ""
    private var session: [UInt8] = []
    private var grant: Grant?
    private var task: Task<Void, Never>?

    init(_ request: ActivateRequest, for client: ClientConnection, core: Core) {
        self.request = request
        self.client = client
        self.core = core
        prefilled = Dictionary(request.fields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// Begins.
    func start() {
        task = Task { @CoreActor in
            do throws(AgentError) {
                let identity = try await run()
                events.put(.success(.done(identity.info)))
            } catch {
                events.put(.failure(error))
            }
        }
    }

    /// Ends it: the person has gone.
    func cancel() {
        task?.cancel()
        heard.put(.cancelled)
    }

    /// What happens next, for the tool.
    func nextEvent() async -> Result<ActivationEvent, AgentError> {
        await events.take(ifCancelled: .failure(AgentError(.denied)))
    }

    // MARK: The way

    private func run() async throws(AgentError) -> Identity {
        let learned = try await meetGateway()
        try await core.vault.openOrCreate(for: client)
        let gateway = GatewayClient(
            trust: learned.trust, gatewayKey: learned.description.signingKey, keys: keys, links: core.links)
        do throws(AgentError) {
            try await runPlugin(gateway, learned.description)
            guard let grant else {
                throw AgentError(.pluginFailed, "it says that it succeeded, but the gateway granted nothing")
            }
            let record = IdentityRecord(
                identifier: Identifier(randomBytes(ProtocolLimits.identifier))!, method: request.method, grant: grant,
                trust: learned.trust, gatewayName: learned.description.name,
                gatewayKey: learned.description.signingKey, keys: keys)
            // It may have been locked since: another identity's time may have come.
            try await core.vault.openOrCreate(for: client)
            let identity = try await core.identities.add(record, lifetime: request.lifetime)
            core.audit.note(
                AuditEntry(
                    "identity_added", identity: identity.words, gateway: record.trust.origin, caller: client.caller))
            return identity
        } catch {
            // What the gateway granted and the agent could not keep must not stay half-activated there.
            if grant != nil { _ = try? await gateway.post(Deactivation.path, Accepted().bytes) }
            throw error
        }
    }

    private struct Learned {
        let trust: GatewayTrust
        let description: GatewayDescription
    }

    /// Learns the gateway's keys over a connection that the certificates vouch for; from then on they are pinned.
    private func meetGateway() async throws(AgentError) -> Learned {
        let first = GatewayTrust(origin: request.gateway, certificates: request.certificates, pin: "")
        let description = try await GatewayClient.describe(first, links: core.links)
        guard description.methods.contains(request.method) else {
            throw AgentError(.gatewayRefused, "it does not offer activation by \(request.method)")
        }
        let pinned = GatewayTrust(
            origin: request.gateway, certificates: request.certificates, pin: description.pins.joined(separator: ";"))
        return Learned(trust: pinned, description: description)
    }

    private func runPlugin(_ gateway: GatewayClient, _ description: GatewayDescription) async throws(AgentError) {
        let helper = try await core.helpers.start(
            .pluginHost,
            onPayload: { [heard] payload in Self.hear(payload, heard) },
            onEnd: { [heard] ended in heard.put(.ended(ended)) })
        defer { core.helpers.stop(helper) }
        helper.send(PluginActivate(plugin: request.method, reference: "", locale: client.locale))
        while true {
            switch await heard.take(milliseconds: Self.silence, ifLate: .silent, ifCancelled: .cancelled) {
            case .loaded(let loaded): title = loaded.title
            case .ask(let field): helper.send(secret: try await answer(field))
            case .exchange(let step, let body): helper.send(await exchange(step, body, gateway, description))
            case .line(let line): tell(line)
            case .done(let outcome, let detail): return try finish(outcome, detail)
            case .ended(let ended): throw AgentError(.pluginFailed, Self.words(for: ended))
            case .malformed: throw AgentError(.pluginFailed, "its host's word is not understood")
            case .flood: throw AgentError(.pluginFailed, "it sends faster than it waits for answers")
            case .silent: throw AgentError(.pluginFailed, "it hung: nothing came from it for 60 seconds")
            case .cancelled: throw AgentError(.denied, "the asking program went away")
            }
        }
    }

    private static func hear(_ payload: RawSpan, _ heard: Mailbox<Heard>) {
        let word = decode(payload)
        switch (word, heard.count) {
        case (.line, maximumHeardLines...), (_, (maximumHeard + 1)...): return
        case (_, maximumHeard): heard.put(.flood)
        default: heard.put(word)
        }
    }

    private static func decode(_ payload: RawSpan) -> Heard {
        do throws(WireError) {
            if let loaded = try PluginLoaded.decode(payload: payload) { return .loaded(loaded) }
            if let ask = try PluginAsk.decode(payload: payload) { return .ask(ask.field) }
            if let line = try PluginLine.decode(payload: payload) { return .line(line) }
            if let exchange = try PluginExchange.decode(payload: payload) {
                return .exchange(exchange.step, SecretBox(exchange.body.copy()))
            }
            if let done = try PluginDone.decode(payload: payload) { return .done(done.outcome, done.detail) }
            return .malformed
        } catch {
            return .malformed
        }
    }

    private static func words(for ended: HelperEnded) -> String {
        guard ended.exitCode > 128 else { return "it ended with \(ended.exitCode) before it was done" }
        return "it crashed with signal \(ended.exitCode - 128)"
    }

    // MARK: What a plugin may ask

    /// The person's answer: what the tool brought for the first asking, the prompt's after that.
    private func answer(_ field: FieldDescription) async throws(AgentError) -> PluginAnswer {
        if field.kind != .secret, let value = prefilled.removeValue(forKey: field.name) {
            return PluginAnswer(given: true, value: SecretBytes(copying: unsafe Array(value.utf8).span.bytes))
        }
        let subject = QuestionSubject.field(field, plugin: title)
        return PluginAnswer(given: true, value: try await core.prompts.ask(subject, for: client))
    }

    private func exchange(
        _ step: String, _ body: SecretBox, _ gateway: GatewayClient, _ description: GatewayDescription
    ) async -> PluginExchangeReply {
        do throws(AgentError) {
            guard let body = body.take() else { throw AgentError(.invalid) }
            let message = ActivationStep(
                session: session, signingKey: keys.signing.publicKey, sealingKey: keys.sealing.publicKey,
                deviceName: HostName.current, body: body)
            guard let sealed = message.sealed(to: description.sealingKey) else { throw AgentError(.gatewayProtocol) }
            let bytes = try await gateway.post(ActivationStep.path(method: request.method, step: step), sealed)
            guard let reply = bytes.withBytes({ try? ActivationReply.decode($0) }) else {
                throw AgentError(.gatewayProtocol)
            }
            session = reply.session
            if let granted = reply.grant { grant = granted }
            return PluginExchangeReply(status: 0, body: reply.body)
        } catch {
            DebugLog.write("activation step \(step): \(error)")
            exchangeFailure = error
            let isPassing = error.code == .gatewayUnreachable
            return PluginExchangeReply(status: isPassing ? 3 : 2, body: [])
        }
    }

    /// Why the last exchange failed: better than what the plugin makes of it.
    private var exchangeFailure: AgentError?

    private func tell(_ line: PluginLine) {
        DebugLog.write("plugin \(request.method): \(line.text)")
        if line.isProgress, events.count < Self.maximumLines { events.put(.success(.progress(line.text))) }
    }

    private func finish(_ outcome: PluginDone.Outcome, _ detail: String) throws(AgentError) {
        switch outcome {
        case .succeeded: return
        case .cancelled: throw AgentError(.denied, detail)
        case .refused: throw exchangeFailure ?? AgentError(.gatewayRefused, detail)
        case .unavailable: throw exchangeFailure ?? AgentError(.gatewayUnreachable, detail)
        case .failed, .broken: throw AgentError(.pluginFailed, detail)
        case .notFound: throw AgentError(.noPlugin, request.method)
        case .notAllowed: throw AgentError(.pluginRefused, detail)
        }
    }
}
