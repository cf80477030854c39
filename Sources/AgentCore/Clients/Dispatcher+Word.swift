import AgentProtocol
import Audit
import SSHKeys
import SecureMemory
import Wire

/// What needs the person's word.
extension Dispatcher {
    func pin(_ request: PINRequest, _ client: ClientConnection) async throws(AgentError) -> ClientReply {
        try await core.vault.openExisting(for: client)
        guard !core.identities.all.isEmpty else { throw AgentError(.noIdentity) }
        try core.identities.requireRegistered(request.identity)
        let found = await core.inbox.matching(waiting: min(request.wait, Self.longestWait)) {
            $0.kind == .pin && (request.identity == nil || $0.identity == request.identity)
                && Self.fits($0, request.filter)
        }
        guard let newest = found.last else { throw AgentError(.nothingCame) }
        let identity = try core.identities.one(newest.identity)
        try await core.confirmations.confirm(.pin, .showPIN(newest), of: identity, for: client)
        // Only now does the PIN leave the inbox: a withdrawn or denied question leaves it for the next.
        guard !Task.isCancelled, let pin = core.inbox.give(newest.identifier, to: ObjectIdentifier(client))
        else { throw AgentError(.expired) }
        identity.tellShown(newest.identifier)
        return .secret(SecretBox(AgentReply.secretFrame(to: PINRequest.self, PINReply(pin: pin, details: newest))))
    }

    /// Has a PIN wait again that its client could not show. The log says that the client had it.
    func takeBack(_ request: ReturnPINRequest, _ client: ClientConnection) throws(AgentError) -> Done {
        guard let returned = core.inbox.takeBack(request.request, from: ObjectIdentifier(client)) else {
            throw AgentError(.noRequest)
        }
        let identity = try core.identities.one(returned.identity)
        core.audit.note(AuditEntry(returned: returned, identity: identity.words, caller: client.caller))
        return Done()
    }

    func setPolicy(_ request: SetPolicyRequest, _ client: ClientConnection) async throws(AgentError) -> Done {
        try await core.vault.openExisting(for: client)
        let identity = try core.identities.one(request.identity)
        try await core.confirmations.set(
            request.policy, for: request.operation, of: identity, client: client, identities: core.identities)
        return Done()
    }

    func renounce(_ request: RenounceRequest, _ client: ClientConnection) async throws(AgentError) -> Done {
        try await core.vault.openExisting(for: client)
        let identity = try core.identities.oneRegistered(request.identifier)
        try await core.identities.requireWritable(identity)
        _ = try await core.prompts.ask(
            .renounce(gateway: identity.record.gatewayName), for: client, identity: identity.words)
        // The agent may have been locked while the person thought.
        guard !Task.isCancelled, core.identities.holds(identity) else {
            throw AgentError(.expired)
        }
        try await identity.renounce()
        core.audit.note(
            AuditEntry(
                "renounced", identity: identity.words, gateway: identity.record.trust.origin, caller: client.caller))
        try await core.identities.drop(identity)
        return Done()
    }

    private static func fits(_ request: PendingRequest, _ filter: String) -> Bool {
        filter.isEmpty || request.code.lowercased().utf8.elementsEqual(filter.lowercased().utf8)
            || [request.procedure, request.organisation].contains { holds($0, filter) }
    }

    /// Whether a text holds another, their case apart.
    private static func holds(_ text: String, _ part: String) -> Bool {
        let (text, part) = (Array(text.lowercased().utf8), Array(part.lowercased().utf8))
        return text.indices.contains { text[$0...].starts(with: part) }
    }

    func answer(_ request: AnswerRequest, _ client: ClientConnection) async throws(AgentError) -> Done {
        try await core.vault.openExisting(for: client)
        guard let pending = core.inbox.request(request.request), pending.kind == .mobile else {
            throw AgentError(.noRequest)
        }
        let identity = try core.identities.one(pending.identity)
        if request.approve {
            try await core.confirmations.confirm(.approve, .approve(pending), of: identity, for: client)
        } else {
            // A no is the person's to say as well: a program that rejects whatever comes would shut them out.
            _ = try await core.prompts.ask(.lose(.request(pending)), for: client, identity: identity.words)
        }
        guard !Task.isCancelled, core.inbox.request(pending.identifier) != nil else { throw AgentError(.expired) }
        try await identity.answer(pending, approve: request.approve)
        core.inbox.remove(pending.identifier)
        return Done()
    }
}
