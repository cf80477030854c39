public import Wire

/// The helper programs that the supervisor starts, at the core's word.
public enum HelperKind: UInt8, Sendable, CaseIterable {
    /// `clave-plugin-host`
    case pluginHost = 1
    /// `clave-link`
    case link = 2
    /// `clave-prompt`
    case prompt = 3
    /// `clave-keyring`
    case keyring = 4
    /// `clave-sk-helper`
    case securityKey = 5

    /// Processes of the kind at once. Each kind has its own, so that none is kept out by another: activations that hang
    /// leave the questions theirs.
    public var mostAtOnce: Int {
        switch self {
        case .pluginHost: 20
        case .link: 2
        case .prompt: 30
        case .keyring: 4
        case .securityKey: 8
        }
    }
}

/// Core → supervisor: the core listens.
public struct CoreReady: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 101 }

    /// Ready.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// Core → supervisor: start a helper; answered by ``HelperStarted`` or ``HelperEnded`` with the same number.
public struct StartHelper: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 102 }
    /// The core's number for this process.
    public let number: UInt32
    /// Which program.
    public let kind: HelperKind

    /// All members.
    public init(number: UInt32, kind: HelperKind) {
        self.number = number
        self.kind = kind
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        number = try reader.uint32()
        guard let kind = HelperKind(rawValue: try reader.byte()) else { throw .malformed }
        self.kind = kind
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(number)
        writer.put(byte: kind.rawValue)
    }
}

/// Supervisor → core: the helper runs; the packet carries the core's end of its socket pair.
public struct HelperStarted: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 103 }
    /// The core's number.
    public let number: UInt32
    /// The process.
    public let pid: UInt32

    /// All members.
    public init(number: UInt32, pid: UInt32) {
        self.number = number
        self.pid = pid
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        number = try reader.uint32()
        pid = try reader.uint32()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(number)
        writer.put(pid)
    }
}

/// Supervisor → core: the helper has ended, or could not start.
public struct HelperEnded: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 104 }
    /// The core's number.
    public let number: UInt32
    /// Its exit code, or 128 + signal; 127 if it could not start.
    public let exitCode: UInt32
    /// English; may be empty.
    public let detail: String

    /// All members.
    public init(number: UInt32, exitCode: UInt32, detail: String) {
        self.number = number
        self.exitCode = exitCode
        self.detail = detail
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        number = try reader.uint32()
        exitCode = try reader.uint32()
        detail = try reader.text(limit: ProtocolLimits.line)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(number)
        writer.put(exitCode)
        writer.put(detail)
    }
}

/// Core → supervisor: end the helper: SIGTERM, and SIGKILL two seconds later.
public struct StopHelper: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 105 }
    /// The core's number.
    public let number: UInt32

    /// Stops a helper.
    public init(number: UInt32) { self.number = number }
    public init(decoding reader: inout WireReader) throws(WireError) { number = try reader.uint32() }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(number) }
}

/// Supervisor → core: forget every key at once: tools' keys, the identities, the vault's; connections stay.
public struct DropKeys: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 106 }

    /// Drops.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// Supervisor → core: accept clients at another socket from now on, which comes beside the packet; the former one's file
/// is gone.
public struct NewListener: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 107 }

    /// A new one.
    public init() {}
    public init(decoding reader: inout WireReader) throws(WireError) {}
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {}
}

/// Core → supervisor: by what the agent knows the vault's passphrase from now on. A core that takes this one's place hears
/// it from the supervisor, and does not ask the vault's file, which any program of the user's can put another one for.
///
/// It is the passphrase's slots, as they lie in the file: no secret, and no quicker to guess from than the file is.
public struct PassphraseKnown: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 108 }
    /// The vault's encoding; empty where there is no vault.
    public let proof: [UInt8]

    /// Tells it.
    public init(_ proof: [UInt8]) { self.proof = proof }
    public init(decoding reader: inout WireReader) throws(WireError) {
        proof = try reader.bytes(limit: ProtocolLimits.passphraseProof)
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) { writer.put(proof) }
}
