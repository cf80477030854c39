public import SecureMemory
import Wire

/// What names a slot that the keyring opens: 16 random bytes.
public struct SlotID: Hashable, Sendable {
    /// Bytes of an identifier.
    public static let length = 16

    /// The 16 bytes.
    public let bytes: [UInt8]

    /// The identifier of stored bytes; nil if they are not 16.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }

    /// An identifier that no other slot has.
    public static func random() -> SlotID {
        SlotID(bytes: randomBytes(length))!
    }
}

/// The key that the desktop's keyring holds for a vault's slot: the vault key is wrapped under it.
public struct KeyringKey: ~Copyable, Sendable {
    /// The slot.
    public let id: SlotID
    /// 32 bytes.
    public let key: SecretBytes

    /// A key that was looked up for a slot.
    public init(id: SlotID, key: consuming SecretBytes) {
        self.id = id
        self.key = key
    }

    /// A new key for a new slot.
    public static func random() -> KeyringKey {
        KeyringKey(id: .random(), key: .random(count: AuthenticatedSealing.keyLength))
    }

    /// A second value of the same slot and key.
    public borrowing func copy() -> KeyringKey {
        KeyringKey(id: id, key: key.copy())
    }
}

/// The slot that the desktop's keyring opens: the vault key sealed under a random key, which is kept there.
struct KeyringSlot: Sendable {
    private static let wrappedLength = AuthenticatedSealing.keyLength + AuthenticatedSealing.overhead

    let id: SlotID
    let wrappedKey: [UInt8]

    /// Wraps a vault key.
    ///
    /// - Parameter nonce: 24 bytes for a test vector; nil for random ones.
    init(
        wrapping key: borrowing SecretBytes, under keyring: borrowing KeyringKey, vault: [UInt8], nonce: [UInt8]? = nil
    ) {
        let context = Self.context(keyring.id, vault: vault)
        id = keyring.id
        wrappedKey = key.withBytes { key in
            guard let nonce else { return AuthenticatedSealing.seal(key, under: keyring.key, context: context) }
            return AuthenticatedSealing.seal(key, under: keyring.key, context: context, nonce: nonce)
        }
    }

    /// The vault key; nil if the keyring's key is another.
    func key(under wrapping: borrowing SecretBytes, vault: [UInt8]) -> SecretBytes? {
        AuthenticatedSealing.open(wrappedKey, under: wrapping, context: Self.context(id, vault: vault))
    }

    /// What binds the wrapped key to its vault and its slot.
    private static func context(_ id: SlotID, vault: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.put("clave-vault slot")
        writer.put(VaultContents.version)
        writer.put(vault)
        writer.put(Slot.keyringKind)
        writer.put(id.bytes)
        return writer.bytes
    }

    // MARK: Coding

    /// The slot of a body.
    init(body: [UInt8]) throws(WireError) {
        self = try WireReader.read(body) { (reader) throws(WireError) in
            guard let id = SlotID(bytes: try reader.bytes(count: SlotID.length)) else { throw .malformed }
            return KeyringSlot(id, try reader.bytes(count: Self.wrappedLength))
        }
    }

    private init(_ id: SlotID, _ wrappedKey: [UInt8]) {
        self.id = id
        self.wrappedKey = wrappedKey
    }

    /// The slot as the file holds it.
    var slot: Slot {
        var writer = ByteWriter()
        writer.put(id.bytes)
        writer.put(wrappedKey)
        return Slot(kind: Slot.keyringKind, body: writer.bytes)
    }
}
