import AgentProtocol
import Audit
import EventLoop
import SSHKeys
import Wire

/// Which identities there are, and how they go, on the person's word.
@CoreActor
struct IdentityHandler {
    let vault: VaultKeeper
    let identities: IdentityDirectory
    let prompts: PromptDesk
    let audit: AuditDesk

    func list(_: IdentitiesRequest, for _: ClientConnection) -> IdentityList {
        IdentityList(vault.state == .none ? [] : identities.all.map(\.info))
    }

    /// Removes an identity, or all, here and where they can be reached at their gateways.
    func remove(_ request: RemoveRequest, for client: ClientConnection) async throws(AgentError) -> Removal {
        let named = request.identifier == nil ? identities.all : [try identities.one(request.identifier)]
        guard let first = named.first else { return Removal(removed: 0, told: 0) }
        try await identities.requireWritable(first)
        _ = try await prompts.ask(.lose(.identities(named.map(\.words))), for: client)
        // What has come or gone while the person thought stays as it is.
        let leaving = named.filter(identities.holds)
        var told: UInt32 = 0
        for identity in leaving {
            if try await identities.remove(identity) { told += 1 }
            audit.note(
                AuditEntry(
                    "identity_removed", identity: identity.words, gateway: identity.record.trust.origin,
                    caller: client.caller))
        }
        return Removal(removed: UInt32(leaving.count), told: told)
    }

    /// Ends the person's registration at the identity's gateway.
    func renounce(_ request: RenounceRequest, for client: ClientConnection) async throws(AgentError) -> Done {
        let identity = try identities.oneRegistered(request.identifier)
        try await identities.requireWritable(identity)
        _ = try await prompts.ask(
            .renounce(gateway: identity.record.gatewayName), for: client, identity: identity.words)
        // The agent may have been locked while the person thought.
        guard !Task.isCancelled, identities.holds(identity) else { throw AgentError(.expired) }
        try await identity.renounce()
        audit.note(
            AuditEntry(
                "renounced", identity: identity.words, gateway: identity.record.trust.origin, caller: client.caller))
        try await identities.drop(identity)
        return Done()
    }
}
