public import Wire

/// Tells of the vault what can be known of it while it is locked; asks nobody.
public struct VaultRequest: AgentExtension, Equatable {
    public typealias Reply = VaultInfo
    public static let name = "vault@clave-agent.internal"

    /// The question.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// What is known of a vault without opening it.
public struct VaultInfo: WireValue, Equatable, Sendable {
    /// A way to open it.
    public struct Slot: WireValue, Equatable, Sendable {
        /// 1: a passphrase, 2: the desktop's keyring; other numbers are of later versions.
        public let kind: UInt32
        /// Argon2id's passes; 0 for other kinds.
        public let operations: UInt64
        /// Argon2id's memory, in bytes; 0 for other kinds.
        public let memory: UInt64

        /// All members.
        public init(kind: UInt32, operations: UInt64, memory: UInt64) {
            self.kind = kind
            self.operations = operations
            self.memory = memory
        }
        public init(decoding reader: inout WireReader) throws(WireError) {
            kind = try reader.uint32()
            operations = try reader.uint64()
            memory = try reader.uint64()
        }
        public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
            writer.put(kind)
            writer.put(operations)
            writer.put(memory)
        }
    }

    /// The file.
    public let path: String
    /// Its format.
    public let version: UInt32
    /// Whether the agent holds its key.
    public let isOpen: Bool
    /// What it holds, sealed.
    public let records: UInt32
    /// In the order in which they are tried.
    public let slots: [Slot]

    /// All members.
    public init(path: String, version: UInt32, isOpen: Bool, records: UInt32, slots: [Slot]) {
        self.path = path
        self.version = version
        self.isOpen = isOpen
        self.records = records
        self.slots = slots
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        path = try reader.text(limit: ProtocolLimits.path)
        version = try reader.uint32()
        isOpen = try reader.boolean()
        records = try reader.uint32()
        slots = try reader.list(limit: ProtocolLimits.list) { (reader) throws(WireError) in
            try Slot(decoding: &reader)
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(path)
        writer.put(version)
        writer.put(isOpen)
        writer.put(records)
        writer.put(list: slots) { $1.encode(into: &$0) }
    }
}
