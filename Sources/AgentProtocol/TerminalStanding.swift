public import Wire

/// What the terminal of the calling program may serve for.
///
/// A program can make a terminal, ask from there, and answer itself. So a terminal is a place for a yes only if the person
/// has vouched for it: by starting the agent on it, or by typing the vault's passphrase there.
public enum TerminalStanding: Equatable, Sendable, WireValue {
    /// The person has vouched for it: every question may be put there.
    case vouched
    /// Nobody has: there, the vault's passphrase takes the place of the yes. So many wrong ones have been typed so far.
    case unknown(wrongTries: UInt32)
    /// Nobody has, and there is no vault whose passphrase could be asked for: only what is secret itself may be typed there.
    case unusable

    public init(decoding reader: inout WireReader) throws(WireError) {
        let number = try reader.byte()
        let wrongTries = try reader.uint32()
        switch (number, wrongTries) {
        case (1, 0): self = .vouched
        case (2, _): self = .unknown(wrongTries: wrongTries)
        case (3, 0): self = .unusable
        default: throw .malformed
        }
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        switch self {
        case .vouched:
            writer.put(byte: 1)
            writer.put(UInt32(0))
        case .unknown(let wrongTries):
            writer.put(byte: 2)
            writer.put(wrongTries)
        case .unusable:
            writer.put(byte: 3)
            writer.put(UInt32(0))
        }
    }
}

extension Question {
    /// Whether the answer is a secret of the person's that is checked: nobody else can give it, so it may be typed on any
    /// terminal. A new passphrase is none, and neither is that of a backup whose file the caller has brought.
    public var asksForSecret: Bool {
        switch subject {
        case .unlock, .tokenPIN, .securityKeyPIN: true
        case .vault(let step): step != .restore && step != .restoreOver
        case .newPassphrase, .field, .touchKey: false
        case .showPIN, .approve, .useKey, .sign, .setPolicy, .serveSSH, .renounce, .lose, .claim: terms.needsPassphrase
        }
    }

    /// Whether a yes is all that is asked for.
    public var asksForYes: Bool {
        switch subject {
        case .unlock, .tokenPIN, .securityKeyPIN, .newPassphrase, .field, .vault, .touchKey: false
        case .showPIN, .approve, .useKey, .sign, .setPolicy, .serveSSH, .renounce, .lose, .claim:
            !terms.needsPassphrase
        }
    }
}
