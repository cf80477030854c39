import AgentProtocol
import EventLoop
import GatewayAPI
import SecureMemory
import Wire

/// One activation: a plugin proves to a gateway who the person is, and the gateway grants the device's new keys.
///
/// The plugin runs in its own process and is a guest: it sees the person only through questions and the gateway only
/// through exchanges, and whether the activation succeeded is the gateway's signed word, not the plugin's.
@CoreActor
struct ActivationFlow {
    let request: ActivateRequest
    let client: ClientConnection
    let plugin: PluginRun
    let admission: Admission
    let links: LinkDesk
    let narration: Narration<IdentityInfo>

    private static let otherStays = msgid(
        "Your other identity at this gateway may no longer act there; its certificate still signs.")

    /// Runs to the end.
    func run() async throws(AgentError) -> Identity {
        guard !request.gateway.isEmpty else { return try await takeIn() }
        let gateway = try await KnownGateway.meet(request.gateway, certificates: request.certificates, links: links)
        guard gateway.description.methods.contains(request.method) else {
            throw AgentError(.gatewayRefused, "it does not offer activation by \(request.method)")
        }
        try await admission.vault.openOrCreate(for: client)
        let conversation = DeviceConversation(gateway, keys: DeviceKeys(), links: links)
        let call = PluginActivate(
            plugin: request.method, reference: request.reference, locale: client.locale, conversation)
        do throws(AgentError) {
            let left = try await conversation.run(plugin, call) { [request] in
                ActivationStep.path(method: request.method, step: $0)
            }
            guard let grant = conversation.grant else {
                throw AgentError(.pluginFailed, "it says that it succeeded, but the gateway granted nothing")
            }
            let identity = try await admission.admit(
                IdentityRecord(method: request.method, grant: grant, conversation, credentials: left.credentials),
                lifetime: request.lifetime, for: client)
            if admission.identities.hasOthers(of: identity) {
                narration.tell(PluginLine(isProgress: true, text: Self.otherStays))
            }
            return identity
        } catch {
            await conversation.takeBack()
            throw error
        }
    }
}

/// Marks a message of the catalogs: the tool shows it in the person's language.
private func msgid(_ text: String) -> String { text }

/// Identities that are registered nowhere.
extension ActivationFlow {
    /// Takes a certificate in, by which its holder signs here: nobody is asked, and nothing is proved to anybody.
    private func takeIn() async throws(AgentError) -> Identity {
        try await admission.vault.openOrCreate(for: client)
        let keys = DeviceKeys()
        let call = PluginActivate(
            plugin: request.method, reference: request.reference, locale: client.locale, gateway: "",
            signingKey: keys.signing.publicKey, sealingKey: keys.sealing.publicKey)
        let left = try await plugin.run(.activate(call))
        guard let record = IdentityRecord(method: request.method, localKeys: keys, credentials: left.credentials) else {
            throw AgentError(.pluginFailed, "it left no certificate")
        }
        return try await admission.admit(record, lifetime: request.lifetime, for: client)
    }
}

extension PluginActivate {
    /// The call of a plugin for the device of a conversation.
    @CoreActor
    init(plugin: String, reference: String, locale: String, _ conversation: DeviceConversation) {
        self.init(
            plugin: plugin, reference: reference, locale: locale, gateway: conversation.gateway.trust.origin,
            signingKey: conversation.keys.signing.publicKey, sealingKey: conversation.keys.sealing.publicKey)
    }
}

extension IdentityRecord {
    /// Of what a gateway has granted to the device of a conversation.
    ///
    /// - Parameter credentials: what the plugin left; kept is the certificate by which the gateway has activated the
    ///   device, and what came with it if it is the same person's.
    @CoreActor
    init(method: String, grant: Grant, _ conversation: DeviceConversation, credentials: [Credential]) {
        let gateway = conversation.gateway
        self.init(
            identifier: Identifier(randomBytes(ProtocolLimits.identifier))!, method: method, grant: grant,
            trust: gateway.trust, gatewayName: gateway.description.name, gatewayKey: gateway.description.signingKey,
            keys: conversation.keys,
            credentials: credentials.filter { $0.use == .authentication || $0.info.document == grant.document })
    }
}

extension IdentityRecord {
    /// Of a certificate that is registered nowhere; nil if there is none, or none whose document a record can hold.
    ///
    /// - Parameter credentials: what the plugin left; kept is the certificate, and what came with it if it is the same
    ///   holder's.
    init?(method: String, localKeys keys: DeviceKeys, credentials: [Credential]) {
        guard let info = credentials.first(where: { $0.use == .authentication })?.info,
            info.document.utf8.count <= GatewayLimits.document
        else { return nil }
        let grant = Grant(
            name: info.holder.isEmpty ? info.title : info.holder, document: info.document, level: 0,
            activatedAt: WallClock.now)
        self.init(
            identifier: Identifier(randomBytes(ProtocolLimits.identifier))!, method: method, grant: grant,
            trust: GatewayTrust(origin: "", certificates: [], pin: ""), gatewayName: "",
            gatewayKey: [UInt8](repeating: 0, count: SigningKey.publicKeyLength), keys: keys,
            credentials: credentials.filter { $0.use == .authentication || $0.info.document == info.document })
    }
}
