import AgentProtocol
import SSHKeys

/// What must hold before anything of a request is looked at. ``Dispatcher`` sees to it, in one place.
struct Requirements: OptionSet, Sendable {
    let rawValue: UInt8

    /// The agent is not locked (`ssh-add -x`).
    static let unlocked = Requirements(rawValue: 1)
    /// The connection is not known to come from another host, and no host's proof was refused on it.
    static let local = Requirements(rawValue: 2)
    /// The same, unless the person lets other hosts have libraries loaded (`-O allow-remote-pkcs11`).
    static let localLibraries = Requirements(rawValue: 4)
    /// The vault is open: the person is asked to open it, and there is one.
    static let vault = Requirements(rawValue: 8)
    /// The vault is open if there is one.
    static let vaultIfAny = Requirements(rawValue: 16)

    /// Of most requests: another host gets nothing of the person's, nor does anybody while the agent is locked.
    static let usual: Requirements = [.unlocked, .local]
}

extension ClientRequest {
    /// What the request requires.
    ///
    /// Another host gets ssh's own messages, and of Cl@ve's only what tells nothing of the person.
    var requirements: Requirements {
        switch self {
        case .keys(let request): request.requirements
        case .call(let call): call.requirements
        // While the agent is locked, the list is empty.
        case .listKeys, .query, .unknown: []
        }
    }

    /// What was asked, for the record of a refusal.
    var word: String {
        if case .keys(let request) = self { return request.word }
        return name
    }
}

extension KeyRequest {
    /// Another host uses the keys that it may see, and takes them away. It brings none, and loads no code unless the person
    /// allows that.
    ///
    /// Nor does it lock or unlock: a lock closes the person's identities and the vault, and only its passphrase opens it.
    /// Set by another host, it would shut the person out; guessed there, it would let the host in.
    var requirements: Requirements {
        switch self {
        // Recorded while locked as well: a session that is not known would make keys usable where they may not be.
        case .bind, .brokenBind: []
        case .sign, .remove, .removeAll: .unlocked
        case .addProvider, .removeProvider: [.unlocked, .localLibraries]
        case .add(let key, _, _, _) where key.algorithm.isSecurityKey: [.unlocked, .localLibraries]
        case .add, .unsupported, .lock: [.unlocked, .local]
        case .unlock: .local
        }
    }

    /// For the record of a refusal.
    fileprivate var word: String {
        switch self {
        case .add: "ssh add"
        case .addProvider: "ssh add-provider"
        case .removeProvider: "ssh remove-provider"
        case .lock: "ssh lock"
        case .unlock: "ssh unlock"
        default: "ssh"
        }
    }
}
