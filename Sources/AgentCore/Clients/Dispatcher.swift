import AgentProtocol
import EventLoop
import SSHKeys
import SecureMemory
import Wire

/// A request's life: message, what it requires, its handler, the reply: in this order, for every request.
///
/// Who asks is known from the connection. What a request requires is checked here and nowhere else; handlers look again
/// only at what may have changed while they waited.
@CoreActor
final class Dispatcher {
    private let handlers: RequestHandlers
    private let keys: KeyDesk
    private let vault: VaultKeeper
    private let inbox: Inbox
    private let witnesses: Witnesses
    /// What was recorded of lately as refused to other hosts.
    private let refusals = RefusalNews()

    init(_ handlers: RequestHandlers, keys: KeyDesk, vault: VaultKeeper, inbox: Inbox, witnesses: Witnesses) {
        self.handlers = handlers
        self.keys = keys
        self.vault = vault
        self.inbox = inbox
        self.witnesses = witnesses
    }

    /// Answers what requires nothing that would have to be waited for, and nobody's word, without a task: most of an
    /// agent's work is of this kind, and a task for each would double it.
    func answerDirectly(
        _ request: ClientRequest, for client: ClientConnection, then reply: @escaping @CoreActor (ClientReply) -> Void
    ) -> DirectAnswer {
        switch request {
        case .listKeys: .now(list(for: client))
        // It requires an agent that is not locked, and is answered by the key that only such a one has.
        case .keys(let request): keys.answerDirectly(request, then: reply)
        default: .none
        }
    }

    private func list(for client: ClientConnection) -> ClientReply { .plain(keys.list(for: client)) }

    /// The whole reply frame; a cancelled task's reply is not sent.
    func answer(_ request: ClientRequest, for client: ClientConnection) async -> ClientReply {
        do throws(AgentError) {
            try await meet(request, client)
            switch request {
            case .listKeys: return list(for: client)
            case .keys(let request): return await answer(request, client)
            case .query: return extensions()
            case .unknown: return .bare(AgentMessageType.failure)
            case .call(let call): return try await call.answer(handlers, client)
            }
        } catch {
            DebugLog.write("\(request.name) refused: \(error.code) \(error.detail)")
            // Messages of the RFC have no words for a refusal.
            if request.name.isEmpty { return .bare(AgentMessageType.failure) }
            return .plain(AgentReply.frame(refusing: request.name, error))
        }
    }

    /// A client has gone: what it was given, and has not said to have shown, waits for others no more.
    func hasGone(_ client: ClientConnection) { inbox.forget(givenTo: ObjectIdentifier(client)) }

    // MARK: What a request requires

    /// The one place where a request is refused for the agent's state or for where it comes from.
    private func meet(_ request: ClientRequest, _ client: ClientConnection) async throws(AgentError) {
        let requirements = request.requirements
        try requireThisHost(requirements, request, client)
        try requireUnlocked(requirements, request, client)
        guard !requirements.isDisjoint(with: [.vault, .vaultIfAny]) else { return }
        if requirements.contains(.vaultIfAny), vault.state == .none { return }
        try await vault.openExisting(for: client)
    }

    private func requireThisHost(
        _ requirements: Requirements, _ request: ClientRequest, _ client: ClientConnection
    ) throws(AgentError) {
        let isRequired =
            requirements.contains(.local)
            || requirements.contains(.localLibraries) && !keys.rules.allowsRemoteProviders
        guard isRequired, client.trail.isForwarded else { return }
        // Another host could fill the log.
        if refusals.isNews(client.process) { witnesses.after(.refusedToHost(request, by: client.caller)) }
        throw AgentError(.invalid, "a connection from another host may not ask for this")
    }

    private func requireUnlocked(
        _ requirements: Requirements, _ request: ClientRequest, _ client: ClientConnection
    ) throws(AgentError) {
        guard requirements.contains(.unlocked), keys.shield.isLocked else { return }
        if case .keys(let request) = request { note(request, isDone: false, hasChanged: false, client) }
        throw AgentError(.locked)
    }

    // MARK: Messages of the RFC

    private func answer(_ request: KeyRequest, _ client: ClientConnection) async -> ClientReply {
        let held = keys.ring.count
        let reply = await keys.answer(request, for: client)
        note(request, isDone: reply.isSuccess, hasChanged: keys.ring.count != held, client)
        return reply
    }

    /// - Parameter hasChanged: whether there are more keys now, or less.
    private func note(_ request: KeyRequest, isDone: Bool, hasChanged: Bool, _ client: ClientConnection) {
        guard request.changesAgent else { return }
        // Another host could fill the log with removals that remove nothing.
        if !client.trail.isForwarded || hasChanged || refusals.isNews(client.process) {
            witnesses.after(.keys(request, isDone: isDone, by: client.caller))
        }
    }

    private func extensions() -> ClientReply {
        var payload = ByteWriter()
        payload.put(byte: AgentMessageType.extensionResponse)
        payload.put("query")
        for name in ClientRequest.extensions { payload.put(name) }
        return .plain(AgentAnswer.framed(payload))
    }
}

extension KeyRequest {
    /// Whether it is to change the agent's keys or its lock.
    fileprivate var changesAgent: Bool {
        switch self {
        case .add, .addProvider, .removeProvider, .remove, .removeAll, .lock, .unlock: true
        case .sign, .unsupported, .bind, .brokenBind: false
        }
    }
}
