public import Wire

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
