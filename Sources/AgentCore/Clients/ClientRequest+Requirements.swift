import AgentProtocol
import SSHKeys

/// What must hold before anything of a request is looked at.
struct Requirements: OptionSet, Sendable {
    let rawValue: UInt8

    /// The agent is not locked (`ssh-add -x`).
    static let unlocked = Requirements(rawValue: 1)
    /// The connection is not known to come from another host, and no host's proof was refused on it.
    static let local = Requirements(rawValue: 2)
    /// The same, unless the person lets other hosts have libraries loaded (`-O allow-remote-pkcs11`).
    static let localLibraries = Requirements(rawValue: 4)
}

extension ClientRequest {
    /// What the request requires; everything, unless it is listed here.
    ///
    /// Another host gets ssh's own messages, and of Cl@ve's only what tells nothing of the person: ``Dispatcher`` refuses
    /// all else in one place.
    var requirements: Requirements {
        switch self {
        // Keys have a lock of their own: ``KeyDesk``.
        case .keys(let request): request.requirements
        case .listKeys, .query, .context, .status, .unknown: []
        case .remembered, .forget, .vault: .local
        default: [.unlocked, .local]
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
    fileprivate var requirements: Requirements {
        switch self {
        case .bind, .brokenBind, .sign, .remove, .removeAll: []
        case .addProvider, .removeProvider: .localLibraries
        case .add(let key, _, _, _) where key.algorithm.isSecurityKey: .localLibraries
        default: .local
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
