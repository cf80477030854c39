import AgentProtocol
import EventLoop
import Wire

/// What needs nobody's word: who asks, how the agent is.
@CoreActor
struct StatusHandler {
    let vault: VaultKeeper
    let identities: IdentityDirectory
    let inbox: Inbox

    /// Notes how the person reads.
    func context(_ request: ContextRequest, for client: ClientConnection) -> Done {
        client.locale = request.locale
        return Done()
    }

    /// How the agent is.
    func status(_: StatusRequest, for _: ClientConnection) -> AgentStatus {
        AgentStatus(
            version: ClaveAgent.version, vault: vault.state, identities: UInt32(identities.all.count),
            pending: UInt32(inbox.requests.count))
    }

    /// Nothing more: the vault is open.
    func unlocked(_: UnlockVaultRequest, for _: ClientConnection) -> Done { Done() }
}
