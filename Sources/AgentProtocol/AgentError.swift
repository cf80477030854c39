public import Wire

/// Why the agent did not do what a tool asked: the code is what tools compare, the detail is English for people.
public struct AgentError: Error, Equatable, Sendable, WireValue {
    /// Each with its own message and its own mending.
    public enum Code: UInt32, CaseIterable, Sendable {
        /// The person said no.
        case denied = 1
        /// The person did not answer in time, which is a no.
        case unanswered = 2
        /// There is no terminal and no prompt program to ask with.
        case noPrompt = 3
        /// The passphrase was wrong as often as it may be.
        case wrongPassphrase = 4
        /// The vault's file is not what the agent wrote.
        case vaultDamaged = 5
        /// The vault's folder or file belongs to others or is open to them.
        case vaultPermissions = 6
        /// Another agent holds the vault.
        case vaultInUse = 7
        /// The disk is full; nothing was changed.
        case noSpace = 8
        /// No identity is activated, or none fits.
        case noIdentity = 9
        /// Several identities fit: one must be named.
        case ambiguousIdentity = 10
        /// No such request, or it is over.
        case noRequest = 11
        /// Nothing came in the time given.
        case nothingCame = 12
        /// The gateway can't be reached.
        case gatewayUnreachable = 13
        /// The gateway's key is not the one learned at activation.
        case gatewayKey = 14
        /// The gateway's certificate is not trusted.
        case gatewayCertificate = 15
        /// The gateway said no; the detail is its reason.
        case gatewayRefused = 16
        /// The gateway's answer is not what the protocol says.
        case gatewayProtocol = 17
        /// The clocks of this machine and the gateway differ too much.
        case clock = 18
        /// There is no such plugin.
        case noPlugin = 19
        /// The plugin may not be loaded; the detail says why.
        case pluginRefused = 20
        /// The plugin crashed, hung, flooded or failed; the detail says which.
        case pluginFailed = 21
        /// A helper program ended or could not start.
        case helperLost = 22
        /// The request breaks a rule of the protocol or names something impossible.
        case invalid = 23
        /// The agent does too much at once; try again.
        case busy = 24
        /// What was asked for has expired.
        case expired = 25
        /// The system refused something; the detail is its reason.
        case system = 26
        /// This agent does not know the request.
        case unsupported = 27
        /// The agent is closing down.
        case stopping = 28
        /// The agent is locked: until it is unlocked, nobody is even asked.
        case locked = 29
        /// The certificate, key or card can't serve; what came before has said why.
        case unusableCredential = 30
        /// The identity has no certificate to sign with.
        case noCertificate = 31
        /// The desktop's keyring can't be used; the detail says why.
        case keyring = 32
        /// The file is no backup of a vault, or a damaged one.
        case backup = 33
        /// The identity has no key for signatures that bind.
        case noSignatureKey = 34
        /// No registration of that name is begun.
        case noRegistration = 35
        /// What was begun of a registration is over: it begins anew.
        case registrationOver = 36
        /// The disk, or what of it the agent writes, can only be read; nothing was changed.
        case readOnly = 37
    }

    /// Which.
    public let code: Code
    /// English, never a secret; may be empty.
    public let detail: String

    /// An error with an optional detail, cut at the protocol's limit.
    public init(_ code: Code, _ detail: String = "") {
        self.code = code
        self.detail = detail.utf8.count <= ProtocolLimits.line ? detail : String(detail.prefix(120))
    }

    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let code = Code(rawValue: try reader.uint32()) else { throw .malformed }
        self.code = code
        self.detail = try reader.text(limit: ProtocolLimits.line)
    }

    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(code.rawValue)
        writer.put(detail)
    }
}
