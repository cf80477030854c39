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

/// Supervisor → core: how to run; sent once, first.
public struct CoreConfiguration: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 100 }
    /// Where providers may lie unless the person says otherwise, as OpenSSH has it.
    public static let usualProviders = "/usr/lib*/*,/usr/local/lib*/*"

    /// Which FIDO keys sign what may be for a web site, as OpenSSH has it: those that are for ssh.
    public static let usualWebsafe = "ssh:*"

    /// The folder of the vault.
    public let vaultFolder: String
    /// Default lifetime of keys in memory, seconds; 0 for none.
    public let lifetime: UInt32
    /// Whether to write the debug log to standard error.
    public let debug: Bool
    /// The agent's own locale.
    public let locale: String
    /// Seconds until a question that nobody answers is a no.
    public let questionTimeout: UInt32
    /// Which PKCS#11 libraries tools may have loaded: a pattern list (ssh_config(5), PATTERNS) over absolute paths.
    public let allowedProviders: String
    /// MiB that deriving a key from the vault's passphrase takes where memory is plenty.
    public let keyMemory: UInt32
    /// The terminal on which the agent was started; nil if it was on none.
    public let startTerminal: TerminalIdentity?
    /// Whether the agent was called as `ssh-agent`.
    public let isCalledSSHAgent: Bool

    /// Whether a forwarded connection may have libraries loaded.
    public let allowsRemoteProviders: Bool
    /// FIDO keys that sign anything, and not only logins and SSH signatures: a pattern list over what a key is for.
    public let websafe: String
    /// By which digest questions name keys: `sha256`, `md5`.
    public let fingerprintHash: String
    /// Whether the prompt may have a way to ask that is no terminal: a window, or a program of the person's.
    public let asksElsewhere: Bool

    /// By what the agent knows the vault's passphrase, as a core of its has told by ``PassphraseKnown``; empty where there was
    /// no vault. Nil for the first core, which learns it from the vault's file.
    public var knownPassphrase: [UInt8]?

    /// The least and the most of it that the person may set.
    public static let keyMemoryRange: ClosedRange<UInt32> = 64...2048
    /// What it is unless the person says otherwise.
    public static let usualKeyMemory: UInt32 = 256

    /// All members.
    public init(
        vaultFolder: String, lifetime: UInt32, debug: Bool, locale: String, questionTimeout: UInt32,
        allowedProviders: String = CoreConfiguration.usualProviders,
        keyMemory: UInt32 = CoreConfiguration.usualKeyMemory, startTerminal: TerminalIdentity? = nil,
        isCalledSSHAgent: Bool = false, allowsRemoteProviders: Bool = false,
        websafe: String = CoreConfiguration.usualWebsafe, fingerprintHash: String = "sha256",
        asksElsewhere: Bool = false,
        knownPassphrase: [UInt8]? = nil
    ) {
        self.vaultFolder = vaultFolder
        self.lifetime = lifetime
        self.debug = debug
        self.locale = locale
        self.questionTimeout = questionTimeout
        self.allowedProviders = allowedProviders
        self.keyMemory = keyMemory
        self.startTerminal = startTerminal
        self.isCalledSSHAgent = isCalledSSHAgent
        self.allowsRemoteProviders = allowsRemoteProviders
        self.websafe = websafe
        self.fingerprintHash = fingerprintHash
        self.asksElsewhere = asksElsewhere
        self.knownPassphrase = knownPassphrase
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        vaultFolder = try reader.text(limit: ProtocolLimits.path)
        lifetime = try reader.uint32()
        debug = try reader.boolean()
        locale = try reader.text(limit: ProtocolLimits.locale)
        questionTimeout = try reader.uint32()
        allowedProviders = try reader.text(limit: ProtocolLimits.path)
        keyMemory = try reader.uint32()
        guard (1...Self.keyMemoryRange.upperBound).contains(keyMemory) else { throw .malformed }
        startTerminal = try reader.boolean() ? TerminalIdentity(decoding: &reader) : nil
        isCalledSSHAgent = try reader.boolean()
        allowsRemoteProviders = try reader.boolean()
        websafe = try reader.text(limit: ProtocolLimits.path)
        fingerprintHash = try reader.text(limit: ProtocolLimits.name)
        asksElsewhere = try reader.boolean()
        knownPassphrase = try reader.boolean() ? reader.bytes(limit: ProtocolLimits.passphraseProof) : nil
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(vaultFolder)
        writer.put(lifetime)
        writer.put(debug)
        writer.put(locale)
        writer.put(questionTimeout)
        writer.put(allowedProviders)
        writer.put(keyMemory)
        writer.put(startTerminal != nil)
        startTerminal?.encode(into: &writer)
        writer.put(isCalledSSHAgent)
        writer.put(allowsRemoteProviders)
        writer.put(websafe)
        writer.put(fingerprintHash)
        writer.put(asksElsewhere)
        writer.put(knownPassphrase != nil)
        if let knownPassphrase { writer.put(knownPassphrase) }
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
