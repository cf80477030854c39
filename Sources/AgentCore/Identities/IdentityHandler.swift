import AgentProtocol
import EventLoop
import SSHKeys
import Wire

/// Which identities there are, and how they go, on the person's word.
@CoreActor
struct IdentityHandler {
    let vault: VaultKeeper
    let identities: IdentityDirectory
    let witnesses: Witnesses

    func list(_: IdentitiesRequest, for _: ClientConnection) -> IdentityList {
        IdentityList(vault.state == .none ? [] : identities.all.map(\.info))
    }

    /// Removes an identity, or all, here and where they can be reached at their gateways.
    func remove(_ request: RemoveRequest, for client: ClientConnection) async throws(AgentError) -> Removal {
        let named = request.identifier == nil ? identities.all : [try identities.one(request.identifier)]
        guard let first = named.first else { return Removal(removed: 0, told: 0) }
        try await identities.requireWritable(first)
        try await witnesses.before(Act(.lose(.identities(named.map(\.words))), for: client))
        // What has come or gone while the person thought stays as it is.
        let leaving = named.filter(identities.holds)
        var told: UInt32 = 0
        for identity in leaving {
            if try await identities.remove(identity) { told += 1 }
            witnesses.after(.identity(.removed, identity, by: client.caller))
        }
        return Removal(removed: UInt32(leaving.count), told: told)
    }

    /// Ends the person's registration at the identity's gateway.
    func renounce(_ request: RenounceRequest, for client: ClientConnection) async throws(AgentError) -> Done {
        let identity = try identities.oneRegistered(request.identifier)
        try await identities.requireWritable(identity)
        try await witnesses.before(
            Act(.renounce(gateway: identity.record.gatewayName), identity: identity.words, for: client))
        // The agent may have been locked while the person thought.
        guard !Task.isCancelled, identities.holds(identity) else { throw AgentError(.expired) }
        try await identity.renounce()
        witnesses.after(.identity(.renounced, identity, by: client.caller))
        try await identities.drop(identity)
        return Done()
    }
}
