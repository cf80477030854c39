public import Wire

/// What an identity does only on the person's word.
public enum IdentityOperation: UInt8, Sendable, CaseIterable {
    /// A Cl@ve PIN is given to a tool.
    case pin = 1
    /// A Cl@ve Mòbil request is approved.
    case approve = 2
    /// A signature is made.
    case sign = 3

    /// By the name that people type.
    public init?(name: String) {
        guard let operation = Self.allCases.first(where: { "\($0)" == name }) else { return nil }
        self = operation
    }
}

/// How the person is asked for their word.
public enum ConfirmationPolicy: Equatable, Sendable, WireValue {
    /// Seconds for which a yes may hold.
    public static let longestMemory: UInt32 = 86_400

    /// Each time, for a yes.
    case ask
    /// Each time, for the vault's passphrase.
    case passphrase
    /// For a yes, which holds for so many seconds for the same operation and the same file that the asking program runs.
    case remember(seconds: UInt32)

    public init(decoding reader: inout WireReader) throws(WireError) {
        let kind = try reader.byte()
        let seconds = try reader.uint32()
        switch (kind, seconds) {
        case (1, 0): self = .ask
        case (2, 0): self = .passphrase
        case (3, 1...Self.longestMemory): self = .remember(seconds: seconds)
        default: throw .malformed
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        switch self {
        case .ask:
            writer.put(byte: 1)
            writer.put(UInt32(0))
        case .passphrase:
            writer.put(byte: 2)
            writer.put(UInt32(0))
        case .remember(let seconds):
            writer.put(byte: 3)
            writer.put(seconds)
        }
    }
}

/// An identity's policy for each operation; the strict default is to ask each time.
public struct ConfirmationPolicies: Equatable, Sendable, WireValue {
    private var byOperation = [ConfirmationPolicy](repeating: .ask, count: IdentityOperation.allCases.count)

    /// Asking each time for everything.
    public init() {}

    /// One operation's.
    public subscript(operation: IdentityOperation) -> ConfirmationPolicy {
        get { byOperation[Int(operation.rawValue) - 1] }
        set { byOperation[Int(operation.rawValue) - 1] = newValue }
    }

    public init(decoding reader: inout WireReader) throws(WireError) {
        for operation in IdentityOperation.allCases { self[operation] = try ConfirmationPolicy(decoding: &reader) }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        for policy in byOperation { policy.encode(into: &writer) }
    }
}

/// How a question is to be answered beyond a yes.
public struct ConfirmationTerms: Equatable, Sendable, WireValue {
    /// The vault's passphrase takes the place of the yes.
    public let needsPassphrase: Bool
    /// Wrong ones so far.
    public let wrongTries: UInt32
    /// Seconds for which a yes will hold; 0 for this once.
    public let memory: UInt32

    /// All members; by default a yes for this once.
    public init(needsPassphrase: Bool = false, wrongTries: UInt32 = 0, memory: UInt32 = 0) {
        self.needsPassphrase = needsPassphrase
        self.wrongTries = wrongTries
        self.memory = memory
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        needsPassphrase = try reader.boolean()
        wrongTries = try reader.uint32()
        memory = try reader.uint32()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(needsPassphrase)
        writer.put(wrongTries)
        writer.put(memory)
    }
}

/// A change of how the person is asked.
public struct PolicyChange: Equatable, Sendable, WireValue {
    /// For what.
    public let operation: IdentityOperation
    /// How, from now on.
    public let policy: ConfirmationPolicy

    /// All members.
    public init(operation: IdentityOperation, policy: ConfirmationPolicy) {
        self.operation = operation
        self.policy = policy
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let operation = IdentityOperation(rawValue: try reader.byte()) else { throw .malformed }
        self.operation = operation
        policy = try ConfirmationPolicy(decoding: &reader)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(byte: operation.rawValue)
        policy.encode(into: &writer)
    }
}
