import AgentProtocol
import EventLoop
import SSHKeys

/// What tools ask of the vault itself: how it is, and changes, each one recorded.
@CoreActor
struct VaultHandler {
    let vault: VaultKeeper
    let witnesses: Witnesses

    /// What is known of it, open or not.
    func describe(_: VaultRequest, for _: ClientConnection) async throws(AgentError) -> VaultInfo {
        try await vault.describe()
    }

    func changePassphrase(
        _: ChangePassphraseRequest, for client: ClientConnection
    ) async throws(AgentError) -> VaultChange {
        let change = try await vault.changePassphrase(for: client)
        witnesses.after(.vault(.passphraseChanged, by: client.caller))
        return change
    }

    func changeKey(_: ChangeKeyRequest, for client: ClientConnection) async throws(AgentError) -> VaultChange {
        let change = try await vault.changeKey(for: client)
        witnesses.after(.vault(.keyChanged, by: client.caller))
        return change
    }

    func setKeyring(_ request: SetKeyringRequest, for client: ClientConnection) async throws(AgentError) -> VaultChange
    {
        guard request.opens else {
            let change = try await vault.removeKeyring(for: client)
            witnesses.after(.vault(.keyringRemoved, by: client.caller))
            return change
        }
        try await vault.addKeyring(for: client)
        witnesses.after(.vault(.keyringAdded, by: client.caller))
        return VaultChange(keyring: .nothing)
    }

    // MARK: Backups

    func take(_ part: VaultPartRequest, for client: ClientConnection) throws(AgentError) -> Done {
        try vault.take(part, from: client)
        return Done()
    }

    func rehearse(_: RehearseRequest, for client: ClientConnection) async throws(AgentError) -> BackupInfo {
        try await vault.rehearse(for: client)
    }

    func restore(_: RestoreRequest, for client: ClientConnection) async throws(AgentError) -> BackupInfo {
        let info = try await vault.restore(for: client)
        witnesses.after(.vault(.restored, by: client.caller))
        return info
    }
}
