public import Wire

/// Hands the agent a part of a vault's file, for ``RehearseRequest`` or ``RestoreRequest``: a frame is smaller than a
/// vault may be.
public struct VaultPartRequest: AgentExtension, Equatable {
    public typealias Reply = Done
    public static let name = "vault-part@clave-agent.internal"

    /// Where it begins; 0 begins anew, and anything else is where the part before has ended.
    public let offset: UInt32
    /// At most ``ProtocolLimits/vaultPart`` bytes.
    public let bytes: [UInt8]

    /// All members.
    public init(offset: UInt32, bytes: [UInt8]) {
        self.offset = offset
        self.bytes = bytes
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        offset = try reader.uint32()
        bytes = try reader.bytes(limit: ProtocolLimits.vaultPart)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(offset)
        writer.put(bytes)
    }
}

/// Opens the file that was handed over by the passphrase that the person types, to see that it can be; and forgets it.
public struct RehearseRequest: AgentExtension, Equatable {
    public typealias Reply = BackupInfo
    public static let name = "rehearse@clave-agent.internal"

    /// The request.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// Puts the file that was handed over in the vault's place, once the person has typed its passphrase.
public struct RestoreRequest: AgentExtension, Equatable {
    public typealias Reply = BackupInfo
    public static let name = "restore@clave-agent.internal"

    /// The request.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// A backup that was opened.
public struct BackupInfo: WireValue, Equatable, Sendable {
    /// What it holds.
    public let records: UInt32
    /// Where the vault that was there before is kept; empty if there was none, or nothing was restored.
    public let former: String

    /// All members.
    public init(records: UInt32, former: String = "") {
        self.records = records
        self.former = former
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        records = try reader.uint32()
        former = try reader.text(limit: ProtocolLimits.path)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(records)
        writer.put(former)
    }
}
