import AgentProtocol
import EventLoop
import Posix

/// What follows from what: a part of the core tells what has happened to it, and what the others do then stands here.
///
/// It is made before the parts, which need each other: an identity is kept in the vault, and the vault's opening brings
/// identities. So it knows them only once all are made, and holds none of them.
@CoreActor
final class Effects {
    private weak var core: Core?
    private weak var keys: KeyDesk?
    private weak var ring: KeyRing?
    private weak var vault: VaultKeeper?
    private weak var identities: IdentityDirectory?
    private weak var confirmations: ConfirmationDesk?
    private weak var witnesses: Witnesses?

    /// Takes the parts; called once.
    func connect(
        keys: KeyDesk, ring: KeyRing, vault: VaultKeeper, identities: IdentityDirectory,
        confirmations: ConfirmationDesk, witnesses: Witnesses
    ) {
        self.keys = keys
        self.ring = ring
        self.vault = vault
        self.identities = identities
        self.confirmations = confirmations
        self.witnesses = witnesses
    }

    /// Takes who accepts clients.
    func connect(_ core: Core) { self.core = core }

    // MARK: The supervisor's word

    /// It has a new socket for clients.
    func listenerIsReplaced(_ socket: consuming Descriptor) { core?.listen(at: socket) }

    /// It was told by a signal that all keys are to be forgotten.
    func keysAreToBeForgotten() {
        keys?.dropAll()
        agentWasLocked()
        DebugLog.write("all keys are dropped")
    }

    // MARK: The lock

    /// The agent was locked by a passphrase. What is not behind the shield is forgotten: the person's identities go back
    /// into the vault, which only its passphrase opens.
    func agentWasLocked() {
        confirmations?.forget()
        identities?.closeAll()
        vault?.lock()
    }

    // MARK: The vault

    /// The vault was opened.
    func vaultWasOpened(_ records: [IdentityRecord]) { identities?.load(records) }

    /// Another vault comes in the place of this one.
    func vaultIsReplaced() {
        confirmations?.forget()
        identities?.closeAll()
    }

    /// The log has grown: the vault remembers its end.
    func logHasGrown() { vault?.logHasGrown() }

    // MARK: Identities

    /// An identity has become active.
    func identityCame(_ identity: Identity) {
        if identity.record.servesSSH { _ = ring?.serve(identity) }
    }

    /// An identity is active no longer.
    func identityWent(_ identity: Identity) {
        ring?.removeAll(of: identity.record.identifier)
        confirmations?.forget(of: identity.record.identifier)
    }

    /// An identity of Cl@ve PIN takes Cl@ve Mòbil requests too now.
    func identityWasUpgraded(_ identity: Identity) {
        witnesses?.after(.identity(.upgraded, identity))
    }

    /// An identity's gateway has said that its device acts no more.
    func identityEnded(_ identity: Identity) {
        witnesses?.after(.identity(.ended, identity))
    }
}
