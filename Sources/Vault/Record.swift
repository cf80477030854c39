import SecureMemory

/// What names a record for its whole life: 16 random bytes.
public struct RecordID: Hashable, Sendable {
    /// Bytes of an identifier.
    public static let length = 16

    /// The 16 bytes.
    public let bytes: [UInt8]

    /// The identifier of stored bytes; nil if they are not 16.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }

    /// An identifier that no other record has.
    public static func random() -> RecordID {
        RecordID(bytes: randomBytes(length))!
    }
}

/// What a record holds. A vault keeps a record of a kind that it does not know, but does not list it.
public enum RecordKind: UInt32, Sendable {
    /// A Cl@ve identity with its keys.
    case identity = 1
    /// Something that the agent remembers.
    case setting = 2
    /// A registration that goes on another day.
    case registration = 3
    /// Where the audit log has ended. It is the vault's own, and counts as no record.
    case logEnd = 4
}

/// What is known of a record without opening it.
public struct RecordInfo: Hashable, Sendable {
    /// Its name.
    public let id: RecordID
    /// What it holds.
    public let kind: RecordKind
}
