import AgentProtocol
import EventLoop
import GatewayAPI
import SecureMemory
import Wire

/// One registration: plugins prove to a gateway who the person is, and give it phone and e-mail; what goes on another day
/// is sealed in the vault. If the person wants it, the device is activated in the last step.
@CoreActor
struct RegistrationFlow {
    /// The ways whose proof is that of an activation, by the plugin of the same name.
    private static let certified = ["certificate", "dnie"]

    let request: RegisterRequest
    let client: ClientConnection
    let plugins: PluginHosts
    let admission: Admission
    let links: LinkDesk
    let narration: Narration<RegistrationResult>

    /// Runs until the person is registered, or it goes on another day.
    func run() async throws(AgentError) -> RegistrationResult {
        try await vault.openOrCreate(for: client)
        let record: RegistrationRecord
        let gateway: KnownGateway
        if let resumed = request.resumed {
            record = try await vault.registration(resumed)
            gateway = try await KnownGateway.meetAgain(record.trust, key: record.gatewayKey, links: links)
        } else {
            (record, gateway) = try await begin()
        }
        let conversation = DeviceConversation(gateway, keys: record.keys, session: record.session, links: links)
        do throws(AgentError) {
            let left = try await run(Registration.plugin, record.reference, conversation)
            return try await settle(record, left, conversation)
        } catch {
            await conversation.takeBack()
            guard error.code == .unusableCredential else { throw error }
            // The plugin has told the person: nothing is left to go on with.
            try? await vault.remove(record.info.identifier)
            throw AgentError(.registrationOver)
        }
    }

    private var vault: VaultKeeper { admission.vault }

    /// Meets the gateway; by certificate, the person proves who they are at once.
    private func begin() async throws(AgentError) -> (RegistrationRecord, KnownGateway) {
        let gateway = try await KnownGateway.meet(request.gateway, certificates: request.certificates, links: links)
        // Who has a letter goes on by it.
        let way = request.way == "letter-code" ? "letter" : request.way
        guard gateway.description.ways.contains(way) else {
            throw AgentError(.gatewayRefused, "it does not offer registration by \(way)")
        }
        let conversation = DeviceConversation(gateway, keys: DeviceKeys(), links: links)
        guard Self.certified.contains(way) else {
            return (Self.record(way, request.way, conversation, credentials: []), gateway)
        }
        let left = try await run(way, request.reference, conversation)
        let record = Self.record(way, Registration.contactReference, conversation, credentials: left.credentials)
        // From here on it can be gone on with tomorrow.
        try await keep(record)
        return (record, gateway)
    }

    private func run(
        _ name: String, _ reference: String, _ conversation: DeviceConversation
    ) async throws(AgentError) -> PluginRun.Yield {
        let plugin = PluginRun(
            for: client, plugins, fields: request.fields, mayWait: name == Registration.plugin
        ) { [narration] line in narration.tell(line) }
        let call = PluginActivate(plugin: name, reference: reference, locale: client.locale, conversation)
        return try await conversation.run(plugin, call) { Registration.path(plugin: name, step: $0) }
    }

    /// Keeps what goes on another day, and takes in what was granted.
    private func settle(
        _ record: RegistrationRecord, _ left: PluginRun.Yield, _ conversation: DeviceConversation
    ) async throws(AgentError) -> RegistrationResult {
        if let pending = left.pending {
            let waiting = record.waiting(for: pending, session: conversation.session)
            try await keep(waiting)
            return .waiting(waiting.info)
        }
        let registered = WitnessedEvent.registration(.registered, gateway: record.trust.origin, by: client.caller)
        guard let grant = conversation.grant else {
            try? await vault.remove(record.info.identifier)
            admission.witnesses.after(registered)
            return .registered
        }
        let method = Self.certified.contains(record.info.way) ? record.info.way : Registration.plugin
        let identity = try await admission.admit(
            IdentityRecord(method: method, grant: grant, conversation, credentials: record.credentials),
            lifetime: request.lifetime, for: client)
        try? await vault.remove(record.info.identifier)
        admission.witnesses.after(registered)
        return .activated(identity.info)
    }

    private func keep(_ record: RegistrationRecord) async throws(AgentError) {
        try await vault.openOrCreate(for: client)
        try await vault.put(record)
    }

    private static func record(
        _ way: String, _ reference: String, _ conversation: DeviceConversation, credentials: [Credential]
    ) -> RegistrationRecord {
        let gateway = conversation.gateway
        let info = RegistrationInfo(
            identifier: Identifier(randomBytes(ProtocolLimits.identifier))!, way: way, gateway: gateway.trust.origin,
            gatewayName: gateway.description.name, begunAt: WallClock.now, due: 0, page: "")
        return RegistrationRecord(
            info: info, trust: gateway.trust, gatewayKey: gateway.description.signingKey, keys: conversation.keys,
            session: conversation.session, reference: reference, credentials: credentials)
    }
}
