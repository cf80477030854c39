/// The largest of everything that crosses the agent's socket and the helpers' pipes, in bytes unless said otherwise.
public enum ProtocolLimits {
    /// An extension's name.
    public static let extensionName = 64
    /// A line for people: a name, a procedure, an organisation, a label.
    public static let line = 512
    /// A locale's name.
    public static let locale = 64
    /// A file's path, as `PATH_MAX`.
    public static let path = 4096
    /// A gateway's address.
    public static let url = 2048
    /// A gateway's certificates in PEM.
    public static let certificates = 65536
    /// A field's or a plugin's name.
    public static let name = 32
    /// A credential's reference.
    public static let reference = 1024
    /// Certificates of one chain.
    public static let chain = 8
    /// Bytes of a chain's certificates together.
    public static let certificateChain = 32_768
    /// Credentials in one list.
    public static let credentials = 64
    /// An answer of the person's.
    public static let answer = 4096
    /// One round of a plugin with the gateway, and any body that the link carries.
    public static let body = 131_072
    /// By what a vault's passphrase is known: its slots for one, eight of 4 KiB at most.
    public static let passphraseProof = 33 << 10
    /// A part of a vault's file.
    public static let vaultPart = 131_072
    /// The bytes that a signature is asked for.
    public static let signedContent = 131_072
    /// A public key on a token, as a blob.
    public static let keyBlob = 8192
    /// The public half of a key on a FIDO token, as a blob: what it is for has 1024 at most.
    public static let securityKeyBlob = 2048
    /// A signature by a token, as a blob.
    public static let signatureBlob = 4096
    /// Signatures that one request asks for, and the person agrees to at once.
    public static let batch = 32
    /// The bytes that a plugin is asked to sign at once: a batch of messages, each behind its length in four bytes.
    public static let tokenBatch = signedContent + 4 * batch
    /// The bytes that a token is asked to sign.
    public static let tokenContent = 245_760
    /// Keys of one PKCS#11 library.
    public static let tokenKeys = 64
    /// Fields that a tool may fill in before a plugin asks.
    public static let fields = 32
    /// Choices of one field.
    public static let choices = 64
    /// Details of one question.
    public static let details = 16
    /// Identities, and pending requests, in one list.
    public static let list = 1024
    /// Registrations that go on another day.
    public static let registrations = 16
    /// Answers of the person's that hold for a time.
    public static let remembered = 256
    /// Headers of one HTTP request.
    public static let headers = 32
    /// Processes of a caller's chain: itself and four parents.
    public static let callerChain = 5
    /// Bytes of an identifier of an identity or a request.
    public static let identifier = 16
}
