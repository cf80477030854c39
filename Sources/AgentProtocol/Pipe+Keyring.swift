public import SecureMemory
public import Wire

/// What is to be done with an entry of the desktop's keyring.
public enum KeyringOperation: UInt8, Sendable, CaseIterable {
    case store = 1
    case lookUp = 2
    case delete = 3
}

/// Core → keyring: the one thing that this `clave-keyring` process does; answered by ``KeyringReply``.
///
/// An entry is named by its vault and the vault's slot that it opens.
public struct KeyringRequest: ~Copyable, WireMessage, Sendable {
    public static var type: UInt8 { 150 }
    /// Bytes of a vault's or a slot's identifier.
    public static let identifierLength = 16
    /// Bytes of a key.
    public static let secretLength = 32

    /// What to do.
    public let operation: KeyringOperation
    /// The vault's identifier.
    public let vault: [UInt8]
    /// The slot's identifier; empty to delete all entries of the vault.
    public let slot: [UInt8]
    /// The key, to store it; else empty.
    public let secret: SecretBytes

    /// All members.
    public init(
        _ operation: KeyringOperation, vault: [UInt8], slot: [UInt8],
        secret: consuming SecretBytes = SecretBytes(zeros: 0)
    ) {
        self.operation = operation
        self.vault = vault
        self.slot = slot
        self.secret = secret
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let operation = KeyringOperation(rawValue: try reader.byte()) else { throw .malformed }
        let vault = try reader.bytes(count: Self.identifierLength)
        let slot = try reader.bytes(limit: Self.identifierLength)
        let secret = try reader.secret(limit: Self.secretLength)
        guard slot.count == Self.identifierLength || slot.isEmpty && operation == .delete,
            secret.count == (operation == .store ? Self.secretLength : 0)
        else { throw .malformed }
        self.init(operation, vault: vault, slot: slot, secret: secret)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(byte: operation.rawValue)
        writer.put(vault)
        writer.put(slot)
        writer.put(secret)
    }
}

/// How a word to the keyring ended.
public enum KeyringOutcome: UInt8, Sendable, CaseIterable {
    case done = 0
    /// There is no such entry.
    case notFound = 1
    /// The keyring is locked, and the person did not open it.
    case locked = 2
    /// There is no session bus, or no Secret Service on it.
    case noService = 3
    /// Anything else; the detail says what.
    case failed = 4
}

/// Keyring → core: how it ended; the process ends after it.
public struct KeyringReply: ~Copyable, WireMessage, Sendable {
    public static var type: UInt8 { 151 }
    /// How.
    public let outcome: KeyringOutcome
    /// The key that was looked up; else empty.
    public let secret: SecretBytes
    /// English, for logs; may be empty.
    public let detail: String

    /// All members.
    public init(
        _ outcome: KeyringOutcome, secret: consuming SecretBytes = SecretBytes(zeros: 0), detail: String = ""
    ) {
        self.outcome = outcome
        self.secret = secret
        self.detail = detail
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let outcome = KeyringOutcome(rawValue: try reader.byte()) else { throw .malformed }
        let secret = try reader.secret(limit: KeyringRequest.secretLength)
        self.init(outcome, secret: secret, detail: try reader.text(limit: ProtocolLimits.line))
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(byte: outcome.rawValue)
        writer.put(secret)
        writer.put(detail)
    }
}

/// Keyring → core: the desktop asks the person to open the keyring, which takes its time.
public struct KeyringAsks: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 152 }

    /// Asks.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// Why the keyring did not open the vault, so that the person is asked for the passphrase.
public enum KeyringMiss: UInt8, Sendable, CaseIterable {
    /// It has no such entry.
    case notFound = 1
    /// It is locked, and the person did not open it.
    case locked = 2
    /// There is no session bus, or no Secret Service on it.
    case noService = 3
    /// It did not answer in time.
    case late = 4
    /// What it holds does not open the vault.
    case stale = 5
    /// Anything else.
    case failed = 6
    /// The vault was locked on purpose since: only the passphrase opens it again.
    case spent = 7

    /// As logs and prompt programs read it.
    public var word: String {
        switch self {
        case .notFound: "not_found"
        case .locked: "locked"
        case .noService: "no_service"
        case .late: "late"
        case .stale: "stale"
        case .failed: "failed"
        case .spent: "spent"
        }
    }
}
