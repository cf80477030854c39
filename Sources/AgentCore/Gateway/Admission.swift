import AgentProtocol
import EventLoop

/// How an identity gets into the agent: into the vault, which is opened or made for it.
@CoreActor
struct Admission {
    let vault: VaultKeeper
    let identities: IdentityDirectory
    let witnesses: Witnesses

    /// Takes an identity in: sealed in the vault, and listening.
    func admit(
        _ record: IdentityRecord, lifetime: UInt32, for client: ClientConnection
    ) async throws(AgentError) -> Identity {
        // It may have been locked since it was begun: another identity's time may have come.
        try await vault.openOrCreate(for: client)
        let identity = try await identities.add(record, lifetime: lifetime)
        witnesses.after(.identity(.added, identity, by: client.caller))
        return identity
    }
}
