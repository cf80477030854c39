import AgentProtocol
import EventLoop

/// How an identity gets into the agent: into the vault, which is opened or made for it.
@CoreActor
struct Admission {
    let shield: Shield
    let vault: VaultKeeper
    let identities: IdentityDirectory
    let witnesses: Witnesses

    /// Opens the vault or makes it; locked, the agent asks nobody, and takes nothing in.
    ///
    /// Whoever calls this has waited for a gateway, a plugin or the person since the request was looked at: the agent may
    /// have been locked meanwhile.
    func openVault(for client: ClientConnection) async throws(AgentError) {
        try requireUnlocked()
        try await vault.openOrCreate(for: client)
        try requireUnlocked()
    }

    /// Takes an identity in: sealed in the vault, and listening.
    func admit(
        _ record: IdentityRecord, lifetime: UInt32, for client: ClientConnection
    ) async throws(AgentError) -> Identity {
        // It may have been locked since it was begun: another identity's time may have come.
        try await openVault(for: client)
        let identity = try await identities.add(record, lifetime: lifetime)
        witnesses.after(.identity(.added, identity, by: client.caller))
        return identity
    }

    private func requireUnlocked() throws(AgentError) {
        guard !shield.isLocked else { throw AgentError(.locked) }
    }
}
