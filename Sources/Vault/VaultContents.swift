package import SecureMemory
import Wire

/// What a vault's file says, locked: no secret is in it. `contrib/doc/VAULT.md` describes it byte by byte.
package struct VaultContents: Equatable, Sendable {
    /// The format that this program reads and writes.
    static let version: UInt32 = 1
    static let idLength = 16
    private static let magic = Array("clave-vault".utf8)
    private static let tagLength = 32

    /// 16 random bytes: what was sealed for one vault opens in no other.
    let id: [UInt8]
    var slots: [Slot] = []
    private(set) var records: [SealedRecord] = []

    /// A vault with neither slots nor records.
    package init(id: [UInt8]) {
        self.id = id
    }

    // MARK: Keys of the vault key

    /// The key under which records are sealed.
    private static func recordKey(of vaultKey: borrowing SecretBytes) -> SecretBytes {
        derivedKey(named: "clave-vault records", from: vaultKey)
    }

    /// The key of the tag over the whole file.
    private static func fileKey(of vaultKey: borrowing SecretBytes) -> SecretBytes {
        derivedKey(named: "clave-vault file", from: vaultKey)
    }

    // MARK: Slots

    /// Makes `passphrase` the only one that opens the vault; slots of other kinds stay.
    ///
    /// - Parameter nonce: 24 bytes for a test vector; nil for random ones.
    package mutating func setPassphrase(
        _ passphrase: borrowing SecretBytes, derivation: KeyDerivation, key: borrowing SecretBytes,
        nonce: [UInt8]? = nil
    ) throws(VaultError) {
        let slot = try PassphraseSlot(
            wrapping: key, passphrase: passphrase, derivation: derivation, vault: id, nonce: nonce
        ).slot
        let others = slots.filter { $0.kind != Slot.passphraseKind }
        guard others.count < VaultLimits.slots else { throw .tooLarge }
        slots = [slot] + others
    }

    /// Makes the keyring's key the only one of its kind that opens the vault; slots of other kinds stay.
    ///
    /// - Parameter nonce: 24 bytes for a test vector; nil for random ones.
    package mutating func setKeyring(
        _ keyring: borrowing KeyringKey, key: borrowing SecretBytes, nonce: [UInt8]? = nil
    ) throws(VaultError) {
        let slot = KeyringSlot(wrapping: key, under: keyring, vault: id, nonce: nonce).slot
        let others = slots.filter { $0.kind != Slot.keyringKind }
        guard others.count < VaultLimits.slots else { throw .tooLarge }
        slots = others + [slot]
    }

    /// Removes all slots of a kind; a slot for a passphrase stays in any case.
    mutating func removeSlots(ofKind kind: UInt32) throws(VaultError) {
        let rest = slots.filter { $0.kind != kind }
        guard rest.contains(where: { $0.kind == Slot.passphraseKind }) else { throw .lastSlot }
        slots = rest
    }

    /// Whether every slot is of a kind for which this program can wrap another vault key.
    var canChangeKey: Bool {
        slots.allSatisfy { $0.kind == Slot.passphraseKind || $0.kind == Slot.keyringKind }
    }

    /// The vault key, from the keyring's slot of that name.
    func key(keyring: borrowing KeyringKey) throws(VaultError) -> SecretBytes {
        for slot in slots where slot.kind == Slot.keyringKind {
            guard let parsed = try? KeyringSlot(body: slot.body) else { throw .damaged }
            guard parsed.id == keyring.id else { continue }
            if let key = parsed.key(under: keyring.key, vault: id) { return key }
        }
        throw .wrongPassphrase
    }

    /// The vault key, from the first slot that `passphrase` opens.
    func key(passphrase: borrowing SecretBytes) throws(VaultError) -> SecretBytes {
        for slot in slots where slot.kind == Slot.passphraseKind {
            guard let parsed = try? PassphraseSlot(body: slot.body) else { throw .damaged }
            if let key = try parsed.key(passphrase: passphrase, vault: id) { return key }
        }
        throw .wrongPassphrase
    }

    // MARK: Records

    /// Seals a record in the place of the one with its identifier, or at the end.
    ///
    /// - Parameter nonce: 24 bytes for a test vector; nil for random ones.
    package mutating func put(
        _ plaintext: borrowing SecretBytes, id record: RecordID, kind: UInt32, key: borrowing SecretBytes,
        nonce: [UInt8]? = nil
    ) throws(VaultError) {
        guard plaintext.count <= VaultLimits.record else { throw .tooLarge }
        let sealed = SealedRecord(
            plaintext, id: record, kind: kind, vault: id, key: Self.recordKey(of: key), nonce: nonce)
        if let index = records.firstIndex(where: { $0.id == record }) {
            records[index] = sealed
        } else {
            guard records.count < VaultLimits.records else { throw .tooLarge }
            records.append(sealed)
        }
    }

    /// The same records, of all kinds, under another vault key; without slots, which wrap the former one.
    func sealedAnew(from key: borrowing SecretBytes, to fresh: borrowing SecretBytes) throws(VaultError)
        -> VaultContents
    {
        var changed = VaultContents(id: id)
        for record in records {
            try changed.put(open(record.id, key: key), id: record.id, kind: record.kind, key: fresh)
        }
        return changed
    }

    /// How many records are the person's.
    var recordCount: Int { records.count { $0.kind != RecordKind.logEnd.rawValue } }

    mutating func removeLogEnd() { records.removeAll { $0.kind == RecordKind.logEnd.rawValue } }

    mutating func remove(_ record: RecordID) throws(VaultError) {
        guard let index = records.firstIndex(where: { $0.id == record }) else { throw .missing }
        records.remove(at: index)
    }

    func open(_ record: RecordID, key: borrowing SecretBytes) throws(VaultError) -> SecretBytes {
        guard let sealed = records.first(where: { $0.id == record }) else { throw .missing }
        guard let plaintext = sealed.open(vault: id, key: Self.recordKey(of: key)) else { throw .damaged }
        return plaintext
    }

    // MARK: Coding

    /// The file's bytes: what is said, and a tag over it that needs the vault key.
    package func encoded(key: borrowing SecretBytes) -> [UInt8] {
        var writer = ByteWriter()
        writer.put(Self.magic)
        writer.put(Self.version)
        writer.put(id)
        writer.put(list: slots) { $1.encode(into: &$0) }
        writer.put(list: records) { $1.encode(into: &$0) }
        let tag = keyedDigest(unsafe writer.bytes.span.bytes, key: Self.fileKey(of: key))
        writer.put(tag)
        return writer.bytes
    }

    /// The identifier and the slots alone.
    var encodedSlots: [UInt8] {
        var writer = ByteWriter()
        writer.put(id)
        writer.put(list: slots) { $1.encode(into: &$0) }
        return writer.bytes
    }

    /// Reads what ``encodedSlots`` gave.
    ///
    /// - Throws: ``VaultError/damaged``.
    init(decodingSlots bytes: [UInt8]) throws(VaultError) {
        do throws(WireError) {
            self = try WireReader.read(bytes) { (reader) throws(WireError) in
                var contents = VaultContents(id: try reader.bytes(count: Self.idLength))
                contents.slots = try reader.list(limit: VaultLimits.slots) { (reader) throws(WireError) in
                    try Slot(decoding: &reader)
                }
                return contents
            }
        } catch { throw .damaged }
    }

    /// Whether the tag at the end of `file` was made with the vault key.
    static func isAuthentic(_ file: [UInt8], key: borrowing SecretBytes) -> Bool {
        let said = file.count - tagLength - MemoryLayout<UInt32>.size
        guard said > 0 else { return false }
        let tag = unsafe keyedDigest(file.span.bytes.extracting(first: said), key: fileKey(of: key))
        return unsafe constantTimeEqual(tag.span.bytes, file.span.bytes.extracting(last: tagLength))
    }

    /// Reads a file's bytes; whether they are authentic is known only with the key (``isAuthentic(_:key:)``).
    ///
    /// - Throws: ``VaultError/newerVersion`` or ``VaultError/damaged``.
    init(decoding file: [UInt8]) throws(VaultError) {
        do {
            let (version, rest) = try WireReader.read(file) { (reader) throws(WireError) in
                guard try reader.bytes(limit: Self.magic.count) == Self.magic else { throw .malformed }
                return (try reader.uint32(), try reader.rest(limit: VaultLimits.file))
            }
            guard version <= Self.version else { throw VaultError.newerVersion }
            guard version == Self.version else { throw VaultError.damaged }
            self = try WireReader.read(rest) { (reader) throws(WireError) in try VaultContents(decoding: &reader) }
        } catch let error as VaultError { throw error } catch { throw .damaged }
    }

    private init(decoding reader: inout WireReader) throws(WireError) {
        id = try reader.bytes(count: Self.idLength)
        slots = try reader.list(limit: VaultLimits.slots) { (reader) throws(WireError) in
            try Slot(decoding: &reader)
        }
        records = try reader.list(limit: VaultLimits.records) { (reader) throws(WireError) in
            try SealedRecord(decoding: &reader)
        }
        guard Set(records.map(\.id)).count == records.count else { throw .malformed }
        _ = try reader.bytes(count: Self.tagLength)
    }
}
