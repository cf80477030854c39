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
    private let request: ActivateRequest
    private let client: ClientConnection
    private let core: Core
    private let keys = DeviceKeys()
    private let plugin: PluginRun
    private let narration = Narration<IdentityInfo>()
    private var session: [UInt8] = []
    private var grant: Grant?

    init(_ request: ActivateRequest, for client: ClientConnection, core: Core) {
        self.request = request
        self.client = client
        self.core = core
        plugin = PluginRun(for: client, core: core, fields: request.fields)
    }

    /// Begins.
    func start() {
        narration.begin { () throws(AgentError) in try await self.run().info }
    }

    /// Ends it: the person has gone.
    func cancel() {
        narration.cancel()
        plugin.cancel()
    }

    /// What happens next, for the tool.
    func nextEvent() async throws(AgentError) -> ActivationEvent { try await narration.next() }

    // MARK: The way

    private func run() async throws(AgentError) -> Identity {
        let learned = try await meetGateway()
        try requireUnlocked()
        try await core.vault.openOrCreate(for: client)
        let gateway = GatewayClient(
            trust: learned.trust, gatewayKey: learned.description.signingKey, keys: keys, links: core.links)
        do throws(AgentError) {
            let left = try await runPlugin(gateway, learned.description)
            guard let grant else {
                throw AgentError(.pluginFailed, "it says that it succeeded, but the gateway granted nothing")
            }
            let record = IdentityRecord(
                identifier: Identifier(randomBytes(ProtocolLimits.identifier))!, method: request.method, grant: grant,
                trust: learned.trust, gatewayName: learned.description.name,
                gatewayKey: learned.description.signingKey, keys: keys, credentials: Self.own(left.credentials, grant))
            // It may have been locked since: another identity's time may have come.
            try requireUnlocked()
            try await core.vault.openOrCreate(for: client)
            try requireUnlocked()
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

    /// The certificate by which the gateway has activated it, and what came with it if it is the same person's.
    private static func own(_ credentials: [Credential], _ grant: Grant) -> [Credential] {
        credentials.filter { $0.use == .authentication || $0.info.document == grant.document }
    }

    /// Locked meanwhile, the agent asks nobody, and takes nothing in.
    private func requireUnlocked() throws(AgentError) {
        guard !core.keys.shield.isLocked else { throw AgentError(.locked) }
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

    private func runPlugin(
        _ gateway: GatewayClient, _ description: GatewayDescription
    ) async throws(AgentError) -> PluginRun.Yield {
        plugin.exchange = { [weak self] step, body in
            await self?.exchange(step, body, gateway, description) ?? PluginExchangeReply(status: 2, body: [])
        }
        plugin.onLine = { [narration] line in narration.tell(line) }
        let call = PluginActivate(
            plugin: request.method, reference: request.reference, locale: client.locale, gateway: request.gateway,
            signingKey: keys.signing.publicKey, sealingKey: keys.sealing.publicKey)
        do throws(AgentError) {
            return try await plugin.run(.activate(call))
        } catch {
            switch error.code {
            case .gatewayRefused, .gatewayUnreachable: throw exchangeFailure ?? error
            // The plugin's words were progress, and are shown already.
            case .unusableCredential: throw AgentError(.unusableCredential)
            default: throw error
            }
        }
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
}
