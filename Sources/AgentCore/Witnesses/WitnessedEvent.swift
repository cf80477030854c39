import AgentProtocol
import Audit
import EventLoop
import SSHKeys

/// What has happened in the agent, for those who are told of it.
enum WitnessedEvent {
    /// The person has answered a question, and not by a yes; or what follows their yes has an event of its own.
    case answered(Act)
    /// An identity has changed; who asked for it, or nil where nobody did.
    case identity(IdentityChange, words: String, gateway: String, by: Caller?)
    /// A registration has changed.
    case registration(RegistrationChange, gateway: String, by: Caller)
    /// The vault has.
    case vault(VaultEvent, by: Caller)
    /// A client was given a PIN, and has given it back.
    case pinReturned(PendingRequest, identity: String, by: Caller)
    /// A tool has changed the agent's keys or its lock, or was not let.
    case keys(KeyRequest, isDone: Bool, by: Caller)
    /// A connection from another host has asked in vain.
    case refusedToHost(ClientRequest, by: Caller)
}

/// What becomes of an identity, as the log has it.
enum IdentityChange: String {
    case added = "identity_added"
    case removed = "identity_removed"
    case upgraded = "identity_upgraded"
    /// Its gateway has said that its device acts no more.
    case ended = "identity_ended"
    /// The person has left its gateway.
    case renounced = "renounced"
    /// ssh sees the key of its certificate now.
    case shownToSSH = "ssh_on"
    case hiddenFromSSH = "ssh_off"
}

/// What becomes of a registration, as the log has it.
enum RegistrationChange: String {
    case registered = "registered"
    case forgotten = "registration_forgotten"
}

/// What becomes of the vault, as the log has it.
enum VaultEvent: String {
    /// By the desktop's keyring: nobody was asked.
    case opened = "vault_opened"
    case passphraseChanged = "passphrase_changed"
    case keyChanged = "vault_key_changed"
    case keyringAdded = "keyring_added"
    case keyringRemoved = "keyring_removed"
    case restored = "vault_restored"
}

extension WitnessedEvent {
    /// Of an identity, which is still known.
    @CoreActor
    static func identity(_ change: IdentityChange, _ identity: Identity, by caller: Caller? = nil) -> WitnessedEvent {
        .identity(change, words: identity.words, gateway: identity.record.trust.origin, by: caller)
    }
}

extension AuditEntry {
    /// Nil for what the log does not have.
    init?(_ event: WitnessedEvent) {
        switch event {
        case .answered(let act):
            guard let answer = act.answer else { return nil }
            self.init(act, answer)
        case .identity(let change, let words, let gateway, let caller?):
            self.init(change.rawValue, identity: words, gateway: gateway, caller: caller)
        case .identity(let change, let words, let gateway, nil):
            self.init(change.rawValue, identity: words, gateway: gateway)
        case .registration(let change, let gateway, let caller):
            self.init(change.rawValue, gateway: gateway, caller: caller)
        case .vault(let event, let caller): self.init(event.rawValue, caller: caller)
        case .pinReturned(let request, let identity, let caller):
            self.init(returned: request, identity: identity, caller: caller)
        case .keys(let request, let isDone, let caller): self.init(request, isDone: isDone, caller: caller)
        case .refusedToHost(let request, let caller): self.init(refusedTo: request, caller)
        }
    }

    /// A question, and how it ended.
    init(_ act: Act, _ answer: Act.Answer) {
        self.init(
            act.subject, identity: act.identity, caller: answer.caller, answer: answer.word,
            milliseconds: answer.milliseconds)
    }
}
