public import Wire

/// What a change of the vault has left to say of the keyring.
public enum KeyringRemark: UInt8, Sendable, CaseIterable {
    /// All is as it should be.
    case nothing = 0
    /// The keyring could not be reached to store the new key: it no longer opens the vault.
    case slotDropped = 1
    /// The keyring could not be reached to delete its entry, which opens nothing but older copies of the vault.
    case entryRemains = 2
}

/// A change of what opens the vault, done.
public struct VaultChange: WireValue, Equatable, Sendable {
    /// What there is to say of the keyring.
    public let keyring: KeyringRemark

    /// All members.
    public init(keyring: KeyringRemark) { self.keyring = keyring }
    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let keyring = KeyringRemark(rawValue: try reader.byte()) else { throw .malformed }
        self.keyring = keyring
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(byte: keyring.rawValue)
    }
}

/// Changes the vault's passphrase: the person types the present one, and a new one twice.
public struct ChangePassphraseRequest: AgentExtension, Equatable {
    public typealias Reply = VaultChange
    public static let name = "change-passphrase@clave-agent.internal"

    /// The request.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// Makes a new vault key, under the same passphrase, which the person types.
public struct ChangeKeyRequest: AgentExtension, Equatable {
    public typealias Reply = VaultChange
    public static let name = "change-key@clave-agent.internal"

    /// The request.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// Has the desktop's keyring open the vault, for which the person types the passphrase, or no longer open it.
public struct SetKeyringRequest: AgentExtension, Equatable {
    public typealias Reply = VaultChange
    public static let name = "keyring@clave-agent.internal"

    /// Whether it is to.
    public let opens: Bool

    /// The request.
    public init(opens: Bool) { self.opens = opens }
    public init(decoding reader: inout WireReader) throws(WireError) { opens = try reader.boolean() }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(opens) }
}

/// What is to be done with the vault, for which its passphrase is asked.
public enum VaultStep: UInt8, Sendable, CaseIterable {
    /// Another passphrase is to open it.
    case changePassphrase = 1
    /// It is to have another key.
    case changeKey = 2
    /// The desktop's keyring is to open it.
    case setKeyring = 3
    /// A backup is to be opened, to see that it can be: by its own passphrase.
    case rehearse = 4
    /// A backup is to become the vault, where there is none; by its own passphrase.
    case restore = 5
    /// A backup is to take the vault's place; by its own passphrase.
    case restoreOver = 6

    /// Whether the passphrase that is asked for is a backup's.
    public var isAboutBackup: Bool {
        switch self {
        case .changePassphrase, .changeKey, .setKeyring: false
        case .rehearse, .restore, .restoreOver: true
        }
    }

    /// As logs and prompt programs read it.
    public var word: String {
        switch self {
        case .changePassphrase: "change_passphrase"
        case .changeKey: "change_key"
        case .setKeyring: "set_keyring"
        case .rehearse: "rehearse"
        case .restore: "restore"
        case .restoreOver: "restore_over"
        }
    }
}
