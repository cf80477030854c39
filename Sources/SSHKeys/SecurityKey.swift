public import SecureMemory
public import Wire

/// What an add message tells of a key on a FIDO token beside its public half (OpenSSH `PROTOCOL.u2f`): flags, and the
/// handle by which the token finds the key or which is the key, wrapped by the token.
public struct SecurityKeySecret: ~Copyable, Sendable {
    /// What is asked of the person at each signature.
    public struct Flags: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The token waits to be touched (`SSH_SK_USER_PRESENCE_REQD`).
        public static let presence = Flags(rawValue: 0x01)
        /// The token wants its PIN or a fingerprint (`SSH_SK_USER_VERIFICATION_REQD`).
        public static let verification = Flags(rawValue: 0x04)
    }

    public let flags: Flags
    public let handle: SecretBytes

    /// Reads ``PrivateKey/secret`` of such a key.
    public init(_ secret: borrowing SecretBytes) throws(WireError) {
        self = try secret.withBytes { (bytes) throws(WireError) in
            try WireReader.read(bytes) { (reader) throws(WireError) in
                let flags = Flags(rawValue: try reader.bytes(count: 1)[0])
                return SecurityKeySecret(flags: flags, handle: try reader.secret(limit: KeyLimits.keyHandle))
            }
        }
    }

    private init(flags: Flags, handle: consuming SecretBytes) {
        self.flags = flags
        self.handle = handle
    }

    /// Copies `byte flags, string handle, string reserved` of an add message, as wire strings, without the last.
    static func copy(from reader: inout WireReader, to writer: inout SecretWriter) throws(WireError) {
        writer.put([try reader.byte()])
        let handle = try reader.secret(limit: KeyLimits.keyHandle)
        guard handle.count > 0 else { throw .malformed }
        writer.put(handle)
        // Reserved: what a later version means by it could not be kept.
        guard try reader.bytes(limit: KeyLimits.keyHandle).isEmpty else { throw .malformed }
    }
}

/// A signature blob, taken apart.
struct SignatureParts {
    let algorithm: SignatureAlgorithm
    let raw: [UInt8]
    /// Of a FIDO token: what it saw of the person, and how often it has signed; 0 for other keys.
    let flags: UInt8
    let counter: UInt32

    init(_ blob: [UInt8]) throws(WireError) {
        self = try WireReader.read(blob) { (reader) throws(WireError) in
            guard let algorithm = SignatureAlgorithm(rawValue: try reader.text(limit: 64)) else { throw .malformed }
            let raw = try reader.bytes(limit: KeyLimits.signature)
            let isFromToken = algorithm == .ecdsaSK || algorithm == .ed25519SK
            let flags = isFromToken ? try reader.byte() : 0
            let counter = isFromToken ? try reader.uint32() : 0
            return SignatureParts(algorithm: algorithm, raw: raw, flags: flags, counter: counter)
        }
    }

    private init(algorithm: SignatureAlgorithm, raw: [UInt8], flags: UInt8, counter: UInt32) {
        self.algorithm = algorithm
        self.raw = raw
        self.flags = flags
        self.counter = counter
    }

    /// The bytes that a FIDO token has signed for a message.
    func signedByToken(_ message: [UInt8], _ application: String) -> [UInt8] {
        var number = ByteWriter()
        number.put(byte: flags)
        number.put(counter)
        let application = Array(application.utf8)
        return sha256(unsafe application.span.bytes) + number.bytes + sha256(unsafe message.span.bytes)
    }
}
