public import Wire

/// Sets how the person is asked for one operation of an identity; they confirm it with the vault's passphrase.
public struct SetPolicyRequest: AgentExtension, Equatable {
    public typealias Reply = Done
    public static let name = "policy@clave-agent.internal"
    /// Whose; nil where only one is active.
    public let identity: Identifier?
    /// For what.
    public let operation: IdentityOperation
    /// How, from now on.
    public let policy: ConfirmationPolicy

    /// All members.
    public init(identity: Identifier?, operation: IdentityOperation, policy: ConfirmationPolicy) {
        self.identity = identity
        self.operation = operation
        self.policy = policy
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identity = try reader.boolean() ? Identifier(decoding: &reader) : nil
        guard let operation = IdentityOperation(rawValue: try reader.byte()) else { throw .malformed }
        self.operation = operation
        policy = try ConfirmationPolicy(decoding: &reader)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(identity != nil)
        identity?.encode(into: &writer)
        writer.put(byte: operation.rawValue)
        policy.encode(into: &writer)
    }
}

/// Lists the answers that still hold.
public struct RememberedRequest: AgentExtension, Equatable {
    public typealias Reply = RememberedList
    public static let name = "remembered@clave-agent.internal"

    /// The question.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// A yes of the person's that still holds.
public struct RememberedAnswer: Equatable, Sendable, WireValue {
    /// Names it for this agent, as long as it runs.
    public let number: UInt32
    /// Whose identity.
    public let identity: Identifier
    /// For what.
    public let operation: IdentityOperation
    /// Where the program's file was; it holds for that file only, whatever stands at the path later.
    public let executable: String
    /// Seconds since 1970.
    public let expiresAt: UInt64

    /// All members.
    public init(
        number: UInt32, identity: Identifier, operation: IdentityOperation, executable: String, expiresAt: UInt64
    ) {
        self.number = number
        self.identity = identity
        self.operation = operation
        self.executable = executable
        self.expiresAt = expiresAt
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        number = try reader.uint32()
        identity = try Identifier(decoding: &reader)
        guard let operation = IdentityOperation(rawValue: try reader.byte()) else { throw .malformed }
        self.operation = operation
        executable = try reader.text(limit: ProtocolLimits.path)
        expiresAt = try reader.uint64()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(number)
        identity.encode(into: &writer)
        writer.put(byte: operation.rawValue)
        writer.put(executable)
        writer.put(expiresAt)
    }
}

/// The answers that still hold, oldest first.
public struct RememberedList: WireValue, Equatable, Sendable {
    /// The answers.
    public let answers: [RememberedAnswer]

    /// A list.
    public init(_ answers: [RememberedAnswer]) { self.answers = answers }
    public init(decoding reader: inout WireReader) throws(WireError) {
        answers = try reader.list(limit: ProtocolLimits.remembered) { (reader) throws(WireError) in
            try RememberedAnswer(decoding: &reader)
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(list: answers) { $1.encode(into: &$0) }
    }
}

/// Forgets one answer, or all; nobody is asked, since it only takes away.
public struct ForgetRequest: AgentExtension, Equatable {
    public typealias Reply = RememberedList
    public static let name = "forget@clave-agent.internal"
    /// Which; nil for all.
    public let number: UInt32?

    /// Forgets one, or all; the reply lists what is left.
    public init(_ number: UInt32?) { self.number = number }
    public init(decoding reader: inout WireReader) throws(WireError) {
        number = try reader.boolean() ? reader.uint32() : nil
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(number != nil)
        if let number { writer.put(number) }
    }
}
