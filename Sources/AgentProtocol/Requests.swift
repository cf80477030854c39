public import Wire

/// Tells the agent how the person reads: sent first on a connection, if at all.
public struct ContextRequest: AgentExtension, Equatable {
    public typealias Reply = Done
    public static let name = "context@clave-agent.internal"
    /// The tool's locale, `ca_ES.UTF-8`; empty for the agent's own.
    public let locale: String

    /// A context with this locale.
    public init(locale: String) { self.locale = locale }
    public init(decoding reader: inout WireReader) throws(WireError) {
        locale = try reader.text(limit: ProtocolLimits.locale)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(locale) }
}

/// Asks how the agent is; never unlocks anything.
public struct StatusRequest: AgentExtension, Equatable {
    public typealias Reply = AgentStatus
    public static let name = "status@clave-agent.internal"

    /// The question.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// How the agent is.
public struct AgentStatus: WireValue, Equatable, Sendable {
    /// Of the vault.
    public enum VaultState: UInt8, Sendable { case none = 0, locked = 1, open = 2 }
    /// The program's version.
    public let version: String
    /// The agent's vault.
    public let vault: VaultState
    /// Identities in memory.
    public let identities: UInt32
    /// PINs and requests that wait for the person.
    public let pending: UInt32

    /// All members.
    public init(version: String, vault: VaultState, identities: UInt32, pending: UInt32) {
        self.version = version
        self.vault = vault
        self.identities = identities
        self.pending = pending
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        version = try reader.text(limit: ProtocolLimits.line)
        guard let state = VaultState(rawValue: try reader.byte()) else { throw .malformed }
        vault = state
        identities = try reader.uint32()
        pending = try reader.uint32()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(version)
        writer.put(byte: vault.rawValue)
        writer.put(identities)
        writer.put(pending)
    }
}

/// Opens the vault, asking the person for the passphrase if it is locked.
public struct UnlockVaultRequest: AgentExtension, Equatable {
    public typealias Reply = Done
    public static let name = "unlock-vault@clave-agent.internal"

    /// The request.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// Lists the identities; opens the vault first.
public struct IdentitiesRequest: AgentExtension, Equatable {
    public typealias Reply = IdentityList
    public static let name = "identities@clave-agent.internal"

    /// The request.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// The identities, oldest first.
public struct IdentityList: WireValue, Equatable, Sendable {
    /// The identities.
    public let identities: [IdentityInfo]

    /// A list.
    public init(_ identities: [IdentityInfo]) { self.identities = identities }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identities = try reader.list(limit: ProtocolLimits.list) { (reader) throws(WireError) in
            try IdentityInfo(decoding: &reader)
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(list: identities) { $1.encode(into: &$0) }
    }
}

/// Ends the person's registration at the identity's gateway, and removes the identity; asks the person first.
public struct RenounceRequest: AgentExtension, Equatable {
    public typealias Reply = Done
    public static let name = "renounce@clave-agent.internal"
    public let identifier: Identifier

    /// Renounces.
    public init(_ identifier: Identifier) { self.identifier = identifier }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identifier = try Identifier(decoding: &reader)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { identifier.encode(into: &writer) }
}

/// Removes one identity, or all: keys, vault record, and the device at the gateway where it can be reached.
public struct RemoveRequest: AgentExtension, Equatable {
    public typealias Reply = Removal
    public static let name = "remove@clave-agent.internal"
    /// Which; nil for all.
    public let identifier: Identifier?

    /// Removes one, or all.
    public init(_ identifier: Identifier?) { self.identifier = identifier }
    public init(decoding reader: inout WireReader) throws(WireError) {
        identifier = try reader.boolean() ? Identifier(decoding: &reader) : nil
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(identifier != nil)
        identifier?.encode(into: &writer)
    }
}

/// What a removal did.
public struct Removal: WireValue, Equatable, Sendable {
    /// Identities removed here.
    public let removed: UInt32
    /// How many of their gateways know.
    public let told: UInt32

    /// All members.
    public init(removed: UInt32, told: UInt32) {
        self.removed = removed
        self.told = told
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        removed = try reader.uint32()
        told = try reader.uint32()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(removed)
        writer.put(told)
    }
}
