public import SecureMemory
public import Wire

/// Message numbers of RFC 9987 section 8.1 that are about keys.
public enum KeyMessageType {
    public static let sign: UInt8 = 13
    public static let signResponse: UInt8 = 14
    public static let add: UInt8 = 17
    public static let remove: UInt8 = 18
    public static let removeAll: UInt8 = 19
    public static let addCard: UInt8 = 20
    public static let removeCard: UInt8 = 21
    public static let lock: UInt8 = 22
    public static let unlock: UInt8 = 23
    public static let addConstrained: UInt8 = 25
    public static let addCardConstrained: UInt8 = 26
}

/// Under which conditions a key is held (RFC 9987 section 5.2.7).
public struct KeyConstraints: Equatable, Sendable {
    /// Seconds until the key is forgotten; nil for never.
    public internal(set) var lifetime: UInt32?
    /// The person is asked before each use.
    public internal(set) var needsConfirmation = false
    /// Where it may be used; empty for everywhere.
    public internal(set) var destinations: [DestinationConstraint] = []
    /// The middleware that speaks with a FIDO key's token: its library's path, or ``internalProvider``; nil where the
    /// message names none.
    public internal(set) var securityKeyProvider: String?
    /// The certificates of a token's keys.
    public internal(set) var certificates: AssociatedCertificates?

    /// The middleware that an agent brings with it.
    public static let internalProvider = "internal"
    private static let securityKeyProviderName = "sk-provider@openssh.com"

    /// What the constraints of a message are for: some make sense with one kind of key only.
    enum Subject { case key, securityKey, token }

    /// None.
    public init() {}

    /// Whether the key may be used anywhere, without asking.
    public var isFree: Bool { !needsConfirmation && destinations.isEmpty }

    /// Reads the constraints of an add message, to its end.
    ///
    /// - Throws: for a constraint that is not known or can't be enforced: it must never be dropped.
    init(decoding reader: inout WireReader, for subject: Subject) throws(WireError) {
        while reader.remaining > 0 {
            switch try reader.byte() {
            case 1:
                guard lifetime == nil else { throw .malformed }
                lifetime = try reader.uint32()
            case 2:
                guard !needsConfirmation else { throw .malformed }
                needsConfirmation = true
            case 255: try takeExtension(&reader, subject)
            default: throw .malformed
            }
        }
    }

    /// Takes a constraint that goes by a name.
    private mutating func takeExtension(_ reader: inout WireReader, _ subject: Subject) throws(WireError) {
        switch try reader.text(limit: 128) {
        case DestinationConstraint.name where destinations.isEmpty:
            destinations = try DestinationConstraint.list(try reader.bytes(limit: 262_144))
            guard !destinations.isEmpty else { throw .malformed }
        case Self.securityKeyProviderName where subject == .securityKey && securityKeyProvider == nil:
            let provider = SystemText.string(try reader.bytes(limit: KeyLimits.path))
            guard !provider.isEmpty else { throw .malformed }
            securityKeyProvider = provider
        case AssociatedCertificates.name where subject == .token && certificates == nil:
            certificates = try AssociatedCertificates(decoding: &reader)
        default: throw .malformed
        }
    }
}

/// A request about keys (RFC 9987 section 5).
public enum KeyRequest: Sendable {
    case sign(key: [UInt8], data: [UInt8], flags: UInt32)
    case add(PublicKey, SecretBox, comment: [UInt8], KeyConstraints)
    case remove(key: [UInt8])
    case removeAll
    case lock(SecretBox)
    case unlock(SecretBox)
    /// Hold a key of a kind that is not known or not supported; why not, in English.
    case unsupported(reason: String)
    /// Load a PKCS#11 library, log in to its tokens by a PIN, and hold their keys.
    case addProvider(path: String, pin: SecretBox, KeyConstraints)
    /// Forget the keys of a PKCS#11 library, and unload it.
    case removeProvider(path: String)
    case bind(SessionBinding)
    /// A binding that can't be read: nothing bound to destinations may be used on that connection.
    case brokenBind

    /// Reads a body.
    ///
    /// - Returns: nil for a type that is none of these.
    public static func decode(type: UInt8, _ reader: inout WireReader) throws(WireError) -> KeyRequest? {
        switch type {
        case KeyMessageType.sign:
            return .sign(
                key: try reader.bytes(limit: KeyLimits.blob), data: try reader.bytes(limit: Frame.maximumLength),
                flags: try reader.uint32())
        // Constraints behind an add that should have none are kept as well, as OpenSSH's agent does: never dropped.
        case KeyMessageType.add, KeyMessageType.addConstrained: return try add(&reader)
        case KeyMessageType.remove: return .remove(key: try reader.bytes(limit: KeyLimits.blob))
        case KeyMessageType.removeAll: return .removeAll
        case KeyMessageType.addCard, KeyMessageType.addCardConstrained: return try addProvider(&reader)
        case KeyMessageType.removeCard:
            let path = SystemText.string(try reader.bytes(limit: KeyLimits.path))
            _ = try reader.secret(limit: KeyLimits.pin)
            return .removeProvider(path: path)
        case KeyMessageType.lock: return .lock(SecretBox(try reader.secret(limit: 65_536)))
        case KeyMessageType.unlock: return .unlock(SecretBox(try reader.secret(limit: 65_536)))
        default: return nil
        }
    }

    private static func add(_ reader: inout WireReader) throws(WireError) -> KeyRequest {
        let name = try reader.text(limit: 64)
        guard let kind = KeyAlgorithm.named(name) else {
            _ = try reader.rest(limit: Frame.maximumLength)
            return .unsupported(reason: KeyAlgorithm.reason(against: name))
        }
        let key = try PrivateKey(kind, decoding: &reader)
        let comment = try reader.bytes(limit: KeyLimits.comment)
        let constraints = try KeyConstraints(
            decoding: &reader, for: key.publicKey.algorithm.isSecurityKey ? .securityKey : .key)
        return .add(key.publicKey, SecretBox(key.secret.copy()), comment: comment, constraints)
    }

    private static func addProvider(_ reader: inout WireReader) throws(WireError) -> KeyRequest {
        let path = SystemText.string(try reader.bytes(limit: KeyLimits.path))
        let pin = SecretBox(try reader.secret(limit: KeyLimits.pin))
        return .addProvider(path: path, pin: pin, try KeyConstraints(decoding: &reader, for: .token))
    }
}
