import AgentProtocol
import Audit
import EventLoop
import GatewayAPI
import SSHKeys
import SecureMemory
import Wire

/// A request's life: message, vault, identity, question, operation, reply: in this order, for every request.
///
/// Who asks is known from the connection; what needs the person's word asks for it here and nowhere else.
@CoreActor
final class Dispatcher {
    /// Most seconds that a client may wait for something to come.
    static let longestWait: UInt32 = 3600

    let core: Core

    init(core: Core) {
        self.core = core
    }

    /// Answers what needs nobody's word, without a task: most of an agent's work is of this kind, and a task for each
    /// would double it.
    func answerDirectly(
        _ request: ClientRequest, for client: ClientConnection, then reply: @escaping @CoreActor (ClientReply) -> Void
    ) -> DirectAnswer {
        switch request {
        case .listKeys: .now(.plain(core.keys.list(for: client)))
        case .keys(let request): core.keys.answerDirectly(request, then: reply)
        default: .none
        }
    }

    /// The whole reply frame; a cancelled task's reply is not sent.
    func answer(_ request: ClientRequest, for client: ClientConnection) async -> ClientReply {
        do throws(AgentError) {
            try check(request, client)
            switch request {
            case .listKeys: return .plain(core.keys.list(for: client))
            case .keys(let request): return await keys(request, client)
            case .query: return extensions()
            case .unknown: return .bare(AgentMessageType.failure)
            case .context(let request):
                client.locale = request.locale
                return reply(to: ContextRequest.self, Done())
            case .status: return reply(to: StatusRequest.self, status())
            case .unlockVault:
                try await core.vault.openExisting(for: client)
                return reply(to: UnlockVaultRequest.self, Done())
            case .identities: return reply(to: IdentitiesRequest.self, try await identities(for: client))
            case .activate(let request): return reply(to: ActivateRequest.self, try await activate(request, client))
            case .proceed: return reply(to: ContinueRequest.self, try await proceed(client))
            case .register, .proceedRegistering, .registrations, .forgetRegistration:
                return try await RegistrationDesk(core: core).answer(request, for: client)
            case .renounce(let request): return reply(to: RenounceRequest.self, try await renounce(request, client))
            case .remove(let request): return reply(to: RemoveRequest.self, try await remove(request, client))
            case .pin(let request): return try await pin(request, client)
            case .returnPIN(let request): return reply(to: ReturnPINRequest.self, try takeBack(request, client))
            case .pending(let request): return reply(to: PendingListRequest.self, try await pending(request, client))
            case .answer(let request): return reply(to: AnswerRequest.self, try await answer(request, client))
            case .claim(let request): return reply(to: ClaimRequest.self, try await claim(request, client))
            case .sign(let request):
                return reply(to: SignRequest.self, try await SignDesk(core: core).sign(request, for: client))
            case .credentials(let request):
                return reply(to: CredentialsRequest.self, try await certificates.credentials(request, for: client))
            case .certificates(let request):
                return reply(to: CertificatesRequest.self, try await certificates.certificates(request, for: client))
            case .content(let request):
                return reply(to: ContentRequest.self, try certificates.take(request, for: client))
            case .signByCertificate(let request):
                return reply(to: CertificateSignRequest.self, try await certificates.sign(request, for: client))
            case .proceedSigning:
                return reply(to: SigningContinueRequest.self, try await certificates.proceed(client))
            case .ssh(let request):
                return reply(to: SSHRequest.self, try await SSHDesk(core: core).set(request, for: client))
            case .setPolicy(let request):
                return reply(to: SetPolicyRequest.self, try await setPolicy(request, client))
            case .remembered: return reply(to: RememberedRequest.self, core.confirmations.remembered)
            case .forget(let request):
                // Nobody is asked: the agent only asks more often then.
                core.confirmations.forget(request.number)
                return reply(to: ForgetRequest.self, core.confirmations.remembered)
            case .vault: return reply(to: VaultRequest.self, try await core.vault.describe())
            case .changePassphrase, .changeKey, .setKeyring, .vaultPart, .rehearse, .restore:
                return try await vault(request, client)
            }
        } catch {
            DebugLog.write("\(request.name) refused: \(error.code) \(error.detail)")
            // Messages of the RFC have no words for a refusal.
            if request.name.isEmpty { return .bare(AgentMessageType.failure) }
            return .plain(AgentReply.frame(refusing: request.name, error))
        }
    }

    /// The one place where a request is refused for the agent's state or for where it comes from.
    private func check(_ request: ClientRequest, _ client: ClientConnection) throws(AgentError) {
        let requirements = request.requirements
        let needsThisHost =
            requirements.contains(.local)
            || requirements.contains(.localLibraries) && !core.keys.rules.allowsRemoteProviders
        if needsThisHost, client.trail.isForwarded {
            // Another host could fill the log.
            if core.refusals.isNews(client.process) { core.audit.note(AuditEntry(refusedTo: request, client.caller)) }
            throw AgentError(.invalid, "a connection from another host may not ask for this")
        }
        if requirements.contains(.unlocked), core.keys.shield.isLocked { throw AgentError(.locked) }
    }

    private var certificates: CertificateDesk { CertificateDesk(core: core) }

    func reply<Request: AgentExtension>(to request: Request.Type, _ value: Request.Reply) -> ClientReply {
        .plain(AgentReply.frame(to: request, value))
    }

    private func vault(_ request: ClientRequest, _ client: ClientConnection) async throws(AgentError) -> ClientReply {
        let desk = VaultDesk(core: core)
        switch request {
        case .changePassphrase:
            return reply(to: ChangePassphraseRequest.self, try await desk.changePassphrase(client))
        case .changeKey: return reply(to: ChangeKeyRequest.self, try await desk.changeKey(client))
        case .setKeyring(let request):
            return reply(to: SetKeyringRequest.self, try await desk.setKeyring(request, client))
        case .vaultPart(let part): return reply(to: VaultPartRequest.self, try desk.take(part, client))
        case .rehearse: return reply(to: RehearseRequest.self, try await desk.rehearse(client))
        case .restore: return reply(to: RestoreRequest.self, try await desk.restore(client))
        default: return .bare(AgentMessageType.failure)
        }
    }

    // MARK: Keys of other tools

    private func keys(_ request: KeyRequest, _ client: ClientConnection) async -> ClientReply {
        let held = core.keys.ring.count
        let reply = await core.keys.answer(request, for: client)
        guard let entry = AuditEntry(request, isDone: reply.isSuccess, caller: client.caller) else { return reply }
        // Another host could fill the log with removals that remove nothing.
        if !client.trail.isForwarded || core.keys.ring.count != held || core.refusals.isNews(client.process) {
            core.audit.note(entry)
        }
        return reply
    }

    // MARK: What needs no one's word

    private func extensions() -> ClientReply {
        var payload = ByteWriter()
        payload.put(byte: AgentMessageType.extensionResponse)
        payload.put("query")
        for name in ClientRequest.extensions { payload.put(name) }
        return .plain(AgentAnswer.framed(payload))
    }

    private func status() -> AgentStatus {
        AgentStatus(
            version: ClaveAgent.version, vault: core.vault.state, identities: UInt32(core.identities.all.count),
            pending: UInt32(core.inbox.requests.count))
    }

    // MARK: What needs the vault

    private func identities(for client: ClientConnection) async throws(AgentError) -> IdentityList {
        if core.vault.state == .none { return IdentityList([]) }
        try await core.vault.openExisting(for: client)
        return IdentityList(core.identities.all.map(\.info))
    }

    private func activate(
        _ request: ActivateRequest, _ client: ClientConnection
    ) async throws(AgentError) -> ActivationEvent {
        try client.requireNothingBegun()
        // Without one, it is an identity that only signs.
        guard request.gateway.isEmpty || GatewayOrigin.isValid(request.gateway) else {
            throw AgentError(.invalid, "a gateway's address is https://host or https://host:port")
        }
        let flow = ActivationFlow(request, for: client, core: core)
        client.activation = flow
        flow.start()
        return try await proceed(client)
    }

    private func proceed(_ client: ClientConnection) async throws(AgentError) -> ActivationEvent {
        guard let flow = client.activation else { throw AgentError(.invalid, "no activation runs on this connection") }
        do throws(AgentError) {
            let event = try await flow.nextEvent()
            if case .done = event { client.activation = nil }
            return event
        } catch {
            client.activation = nil
            throw error
        }
    }

    private func remove(_ request: RemoveRequest, _ client: ClientConnection) async throws(AgentError) -> Removal {
        try await core.vault.openExisting(for: client)
        let named = request.identifier == nil ? core.identities.all : [try core.identities.one(request.identifier)]
        guard let first = named.first else { return Removal(removed: 0, told: 0) }
        try await core.identities.requireWritable(first)
        _ = try await core.prompts.ask(.lose(.identities(named.map(\.words))), for: client)
        // What has come or gone while the person thought stays as it is.
        let leaving = named.filter(core.identities.holds)
        var told: UInt32 = 0
        for identity in leaving {
            if try await core.identities.remove(identity) { told += 1 }
            core.audit.note(
                AuditEntry(
                    "identity_removed", identity: identity.words, gateway: identity.record.trust.origin,
                    caller: client.caller))
        }
        return Removal(removed: UInt32(leaving.count), told: told)
    }

    private func pending(
        _ request: PendingListRequest, _ client: ClientConnection
    ) async throws(AgentError) -> PendingList {
        try await core.vault.openExisting(for: client)
        if request.wait > 0 { try core.identities.requireRegistered(request.identity) }
        return PendingList(
            await core.inbox.matching(waiting: min(request.wait, Self.longestWait)) {
                request.identity == nil || $0.identity == request.identity
            })
    }

    private func claim(_ request: ClaimRequest, _ client: ClientConnection) async throws(AgentError) -> PendingRequest {
        guard let link = MobileLink(request.link) else {
            throw AgentError(.invalid, "that is no link of a gateway's page")
        }
        try await core.vault.openExisting(for: client)
        let fitting = core.identities.all.filter {
            $0.record.trust.origin == link.gateway
                && (request.identity == nil || $0.record.identifier == request.identity)
        }
        guard let identity = fitting.first else {
            throw AgentError(.noIdentity, "none is active at \(link.gateway)")
        }
        guard fitting.count == 1 else { throw AgentError(.ambiguousIdentity) }
        // The gateway binds the visit to the person, and takes no other request for them while it waits.
        _ = try await core.prompts.ask(.claim(gateway: link.gateway), for: client, identity: identity.words)
        guard core.identities.holds(identity) else { throw AgentError(.expired) }
        return try await identity.claim(link)
    }
}
