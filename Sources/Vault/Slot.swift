import SecureMemory
import Wire

/// One way to open a vault: the vault key, wrapped. A slot of an unknown kind is kept as it is.
struct Slot: Equatable, Sendable {
    /// The kind of a slot that a passphrase opens.
    static let passphraseKind: UInt32 = 1
    /// The kind of a slot that the desktop's keyring opens.
    static let keyringKind: UInt32 = 2

    let kind: UInt32
    let body: [UInt8]

    init(kind: UInt32, body: [UInt8]) {
        self.kind = kind
        self.body = body
    }

    init(decoding reader: inout WireReader) throws(WireError) {
        kind = try reader.uint32()
        body = try reader.bytes(limit: VaultLimits.slot)
    }

    func encode(into writer: inout ByteWriter) {
        writer.put(kind)
        writer.put(body)
    }
}

/// The slot that a passphrase opens: Argon2id parameters, and the vault key sealed under the key that they give.
struct PassphraseSlot: Sendable {
    private static let wrappedLength = AuthenticatedSealing.keyLength + AuthenticatedSealing.overhead

    let derivation: KeyDerivation
    let wrappedKey: [UInt8]

    /// Wraps a vault key.
    ///
    /// - Parameter nonce: 24 bytes for a test vector; nil for random ones.
    init(
        wrapping key: borrowing SecretBytes, passphrase: borrowing SecretBytes, derivation: KeyDerivation,
        vault: [UInt8], nonce: [UInt8]? = nil
    ) throws(VaultError) {
        let wrapping = try Self.wrappingKey(passphrase, derivation)
        let context = Self.context(derivation, vault: vault)
        self.derivation = derivation
        wrappedKey = key.withBytes { key in
            guard let nonce else { return AuthenticatedSealing.seal(key, under: wrapping, context: context) }
            return AuthenticatedSealing.seal(key, under: wrapping, context: context, nonce: nonce)
        }
    }

    /// The vault key; nil if the passphrase is another.
    func key(passphrase: borrowing SecretBytes, vault: [UInt8]) throws(VaultError) -> SecretBytes? {
        let wrapping = try Self.wrappingKey(passphrase, derivation)
        return AuthenticatedSealing.open(
            wrappedKey, under: wrapping, context: Self.context(derivation, vault: vault))
    }

    private static func wrappingKey(
        _ passphrase: borrowing SecretBytes, _ derivation: KeyDerivation
    ) throws(VaultError) -> SecretBytes {
        guard passphrase.count > 0 else { throw .wrongPassphrase }
        guard let key = derivation.key(from: passphrase, length: AuthenticatedSealing.keyLength) else {
            throw .noMemory
        }
        return key
    }

    /// What binds the wrapped key to its vault and its parameters.
    private static func context(_ derivation: KeyDerivation, vault: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.put("clave-vault slot")
        writer.put(VaultContents.version)
        writer.put(vault)
        writer.put(Slot.passphraseKind)
        put(derivation, into: &writer)
        return writer.bytes
    }

    private static func put(_ derivation: KeyDerivation, into writer: inout ByteWriter) {
        writer.put(derivation.operations)
        writer.put(derivation.memory)
        writer.put(derivation.salt)
    }

    // MARK: Coding

    /// The slot of a body; its parameters are bounded before they are used.
    init(body: [UInt8]) throws(WireError) {
        self = try WireReader.read(body) { (reader) throws(WireError) in
            let operations = try reader.uint64()
            let memory = try reader.uint64()
            let salt = try reader.bytes(count: KeyDerivation.saltLength)
            guard let derivation = KeyDerivation(operations: operations, memory: memory, salt: salt) else {
                throw .malformed
            }
            return PassphraseSlot(derivation, try reader.bytes(count: Self.wrappedLength))
        }
    }

    private init(_ derivation: KeyDerivation, _ wrappedKey: [UInt8]) {
        self.derivation = derivation
        self.wrappedKey = wrappedKey
    }

    /// The slot as the file holds it.
    var slot: Slot {
        var writer = ByteWriter()
        Self.put(derivation, into: &writer)
        writer.put(wrappedKey)
        return Slot(kind: Slot.passphraseKind, body: writer.bytes)
    }
}
