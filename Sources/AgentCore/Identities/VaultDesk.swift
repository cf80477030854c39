import AgentProtocol
import Audit
import EventLoop
import SSHKeys

/// Changes of the vault itself, at a client's word, each one recorded.
@CoreActor
struct VaultDesk {
    let core: Core

    func changePassphrase(_ client: ClientConnection) async throws(AgentError) -> VaultChange {
        let change = try await core.vault.changePassphrase(for: client)
        core.audit.note(AuditEntry("passphrase_changed", caller: client.caller))
        return change
    }

    func changeKey(_ client: ClientConnection) async throws(AgentError) -> VaultChange {
        let change = try await core.vault.changeKey(for: client)
        core.audit.note(AuditEntry("vault_key_changed", caller: client.caller))
        return change
    }

    func setKeyring(_ request: SetKeyringRequest, _ client: ClientConnection) async throws(AgentError) -> VaultChange {
        guard request.opens else {
            let change = try await core.vault.removeKeyring(for: client)
            core.audit.note(AuditEntry("keyring_removed", caller: client.caller))
            return change
        }
        try await core.vault.addKeyring(for: client)
        core.audit.note(AuditEntry("keyring_added", caller: client.caller))
        return VaultChange(keyring: .nothing)
    }

    // MARK: Backups

    func take(_ part: VaultPartRequest, _ client: ClientConnection) throws(AgentError) -> Done {
        try core.vault.take(part, from: client)
        return Done()
    }

    func rehearse(_ client: ClientConnection) async throws(AgentError) -> BackupInfo {
        return try await core.vault.rehearse(for: client)
    }

    func restore(_ client: ClientConnection) async throws(AgentError) -> BackupInfo {
        let info = try await core.vault.restore(for: client)
        core.audit.note(AuditEntry("vault_restored", caller: client.caller))
        return info
    }
}
