public import SecureMemory
public import Wire

/// What a question is about; `clave-prompt` has the words for it in each language.
public enum QuestionSubject: WireValue, Equatable, Sendable {
    /// The vault's passphrase, after `wrongTries` wrong ones; and why the keyring did not open it, if it was to.
    case unlock(wrongTries: UInt32, miss: KeyringMiss? = nil)
    /// A passphrase for a new vault, typed twice.
    case newPassphrase
    /// May this PIN be shown to the caller?
    case showPIN(PendingRequest)
    /// May this authentication be approved?
    case approve(PendingRequest)
    /// A field of a plugin's; the plugin's title.
    case field(FieldDescription, plugin: String)
    /// May this key be used?
    case useKey(KeyUse)
    /// May the identity sign this?
    case sign(SignatureUse)
    /// May the identity's policy become this one?
    case setPolicy(PolicyChange)
    /// A token's PIN, for one use of a key on it.
    case tokenPIN(TokenPIN)
    /// May this be done with the vault? Its passphrase is the yes.
    case vault(VaultStep)
    /// May ssh see this key of the identity's certificate from now on?
    case serveSSH(fingerprint: String)
    /// Is the person to leave Cl@ve at this gateway? Its name.
    case renounce(gateway: String)
    /// Is the person to lose this?
    case lose(Loss)
    /// Is the request of a link of this gateway to be taken? Its origin.
    case claim(gateway: String)
    /// No question: the person is told to touch a FIDO token, until the core closes the pipe.
    case touchKey(KeyUse)
    /// A FIDO token's PIN, for one use of a key on it.
    case securityKeyPIN(SecurityKeyPIN)

    public init(decoding reader: inout WireReader) throws(WireError) {
        switch try reader.byte() {
        case 1:
            let tries = try reader.uint32()
            let number = try reader.byte()
            let miss = KeyringMiss(rawValue: number)
            guard miss != nil || number == 0 else { throw .malformed }
            self = .unlock(wrongTries: tries, miss: miss)
        case 2: self = .newPassphrase
        case 3: self = .showPIN(try PendingRequest(decoding: &reader))
        case 4: self = .approve(try PendingRequest(decoding: &reader))
        case 5:
            let field = try FieldDescription(decoding: &reader)
            self = .field(field, plugin: try reader.text(limit: ProtocolLimits.line))
        case 6: self = .useKey(try KeyUse(decoding: &reader))
        case 7: self = .sign(try SignatureUse(decoding: &reader))
        case 8: self = .setPolicy(try PolicyChange(decoding: &reader))
        case 9: self = .tokenPIN(try TokenPIN(decoding: &reader))
        case 10:
            guard let step = VaultStep(rawValue: try reader.byte()) else { throw .malformed }
            self = .vault(step)
        case 11: self = .serveSSH(fingerprint: try reader.text(limit: ProtocolLimits.line))
        case 12: self = .renounce(gateway: try reader.text(limit: ProtocolLimits.line))
        case 13: self = .lose(try Loss(decoding: &reader))
        case 14: self = .claim(gateway: try reader.text(limit: ProtocolLimits.url))
        case 20: self = .touchKey(try KeyUse(decoding: &reader))
        case 21: self = .securityKeyPIN(try SecurityKeyPIN(decoding: &reader))
        default: throw .malformed
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        switch self {
        case .unlock(let tries, let miss):
            writer.put(byte: 1)
            writer.put(tries)
            writer.put(byte: miss?.rawValue ?? 0)
        case .newPassphrase: writer.put(byte: 2)
        case .showPIN(let request):
            writer.put(byte: 3)
            request.encode(into: &writer)
        case .approve(let request):
            writer.put(byte: 4)
            request.encode(into: &writer)
        case .field(let field, let plugin):
            writer.put(byte: 5)
            field.encode(into: &writer)
            writer.put(plugin)
        case .useKey(let use):
            writer.put(byte: 6)
            use.encode(into: &writer)
        case .sign(let use):
            writer.put(byte: 7)
            use.encode(into: &writer)
        case .setPolicy(let change):
            writer.put(byte: 8)
            change.encode(into: &writer)
        case .tokenPIN(let pin):
            writer.put(byte: 9)
            pin.encode(into: &writer)
        case .vault(let step):
            writer.put(byte: 10)
            writer.put(byte: step.rawValue)
        case .serveSSH(let fingerprint):
            writer.put(byte: 11)
            writer.put(fingerprint)
        case .renounce(let gateway):
            writer.put(byte: 12)
            writer.put(gateway)
        case .lose(let loss):
            writer.put(byte: 13)
            loss.encode(into: &writer)
        case .claim(let gateway):
            writer.put(byte: 14)
            writer.put(gateway)
        case .touchKey(let use):
            writer.put(byte: 20)
            use.encode(into: &writer)
        case .securityKeyPIN(let pin):
            writer.put(byte: 21)
            pin.encode(into: &writer)
        }
    }
}

/// Core → prompt: the one question that this `clave-prompt` process asks. Closing the pipe withdraws it.
public struct Question: WireMessage, Equatable, Sendable {
    public static var type: UInt8 { 110 }
    /// What is asked.
    public let subject: QuestionSubject
    /// For whom.
    public let caller: Caller
    /// With which identity: name and starred document; empty where there is none yet.
    public let identity: String
    /// The person's locale; empty for the agent's own.
    public let locale: String
    /// Seconds since 1970 (this machine's clock) after which no answer is a no.
    public let deadline: UInt64
    /// What is answered, where it is more than a yes for this once.
    public let terms: ConfirmationTerms
    /// What the caller's terminal may serve for.
    public let standing: TerminalStanding
    /// Whether the agent was called as `ssh-agent`: then it asks by the program that OpenSSH's agent would ask by.
    public let isForSSHAgent: Bool

    /// All members.
    public init(
        subject: QuestionSubject, caller: Caller, identity: String, locale: String, deadline: UInt64,
        terms: ConfirmationTerms = ConfirmationTerms(), standing: TerminalStanding = .unusable,
        isForSSHAgent: Bool = false
    ) {
        self.subject = subject
        self.caller = caller
        self.identity = identity
        self.locale = locale
        self.deadline = deadline
        self.terms = terms
        self.standing = standing
        self.isForSSHAgent = isForSSHAgent
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        subject = try QuestionSubject(decoding: &reader)
        caller = try Caller(decoding: &reader)
        identity = try reader.text(limit: ProtocolLimits.line)
        locale = try reader.text(limit: ProtocolLimits.locale)
        deadline = try reader.uint64()
        terms = try ConfirmationTerms(decoding: &reader)
        standing = try TerminalStanding(decoding: &reader)
        isForSSHAgent = try reader.boolean()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        subject.encode(into: &writer)
        caller.encode(into: &writer)
        writer.put(identity)
        writer.put(locale)
        writer.put(deadline)
        terms.encode(into: &writer)
        standing.encode(into: &writer)
        writer.put(isForSSHAgent)
    }
}

/// Prompt → core: what the person said.
public struct Answer: ~Copyable, WireMessage, Sendable {
    public static var type: UInt8 { 111 }
    /// How it ended.
    public enum Outcome: UInt8, Sendable, CaseIterable {
        /// Yes, or a value.
        case given = 1
        /// No, or cancelled.
        case denied = 2
        /// Nobody answered before the deadline.
        case unanswered = 3
        /// No terminal and no prompt program.
        case noWay = 4
        /// The prompt program failed.
        case failed = 5
        /// The vault's passphrase, typed on a terminal that nobody has vouched for; see ``TerminalStanding``.
        case passphrase = 6
    }
    /// Where an answer was given.
    public enum Place: UInt8, Sendable {
        /// In a window, or by the person's own program.
        case elsewhere = 1
        /// On the caller's terminal.
        case terminal = 2
    }
    /// How it ended.
    public let outcome: Outcome
    /// Where.
    public let place: Place
    /// The typed value; empty for a plain yes and for every no.
    public let value: SecretBytes
    /// English, for `.noWay` and `.failed`.
    public let detail: String

    /// All members.
    public init(
        outcome: Outcome, place: Place = .elsewhere, value: consuming SecretBytes = SecretBytes(zeros: 0),
        detail: String = ""
    ) {
        self.outcome = outcome
        self.place = place
        self.value = value
        self.detail = detail
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let outcome = Outcome(rawValue: try reader.byte()) else { throw .malformed }
        guard let place = Place(rawValue: try reader.byte()) else { throw .malformed }
        let value = try reader.secret(limit: ProtocolLimits.answer)
        self.init(outcome: outcome, place: place, value: value, detail: try reader.text(limit: ProtocolLimits.line))
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(byte: outcome.rawValue)
        writer.put(byte: place.rawValue)
        writer.put(value)
        writer.put(detail)
    }
}
