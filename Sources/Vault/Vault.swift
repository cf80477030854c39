import Glibc
package import Posix
public import SecureMemory

/// An open vault: the agent's records at rest, and the key that opens them.
///
/// A vault is one file, `vault`, in a folder of its own; `contrib/doc/VAULT.md` describes it. The file's folder stays
/// locked while the vault is open, so that two agents never write one vault. All calls reach the disk: they belong on
/// a worker thread.
public struct Vault: ~Copyable, Sendable {
    private let folder: VaultFolder
    private var key: SecretBytes
    private var contents: VaultContents

    private init(_ folder: consuming VaultFolder, key: consuming SecretBytes, contents: VaultContents) {
        self.folder = folder
        self.key = key
        self.contents = contents
    }

    // MARK: Opening

    /// Whether there is a vault in the folder; not whether it can be opened.
    public static func exists(in folder: String) -> Bool {
        unsafe access(VaultFolder.file(in: folder), F_OK) == 0
    }

    /// Makes an empty vault and writes it. The folder and its parents are made, 0700, where they are missing.
    ///
    /// - Parameters:
    ///   - folder: an absolute path.
    ///   - passphrase: UTF-8 bytes; an empty passphrase is refused.
    ///   - derivation: how hard it is to try passphrases; slow by design.
    /// - Throws: ``VaultError/exists`` if there is a vault, ``VaultError/wrongPassphrase`` for an empty passphrase.
    public static func create(
        in folder: String, passphrase: borrowing SecretBytes, derivation: KeyDerivation = .recommended()
    ) throws(VaultError) -> Vault {
        try create(in: folder, passphrase: passphrase, derivation: derivation) { (_) throws(SystemError) in }
    }

    /// As above; `before` hears of each step of the write, for tests.
    package static func create(
        in path: String, passphrase: borrowing SecretBytes, derivation: KeyDerivation,
        before: (ReplaceStep) throws(SystemError) -> Void
    ) throws(VaultError) -> Vault {
        guard !exists(in: path) else { throw .exists }
        let key = SecretBytes.random(count: AuthenticatedSealing.keyLength)
        var contents = VaultContents(id: randomBytes(VaultContents.idLength))
        try contents.setPassphrase(passphrase, derivation: derivation, key: key)
        do throws(SystemError) { try Files.makeFolder(path) } catch { throw VaultError(error) }
        let folder = try VaultFolder(locking: path)
        // Another agent may have made one since.
        guard !exists(in: path) else { throw .exists }
        try folder.replace(with: contents.encoded(key: key), before: before)
        return Vault(folder, key: key, contents: contents)
    }

    /// Opens the vault of a folder. Takes as long as its passphrase's slot says: call it on a worker thread.
    ///
    /// - Throws: ``VaultError/wrongPassphrase`` if no slot opens; ``VaultError/damaged`` if one opens, and the file is
    ///   still not what a holder of the key wrote; any other ``VaultError``.
    public static func open(in folder: String, passphrase: borrowing SecretBytes) throws(VaultError) -> Vault {
        guard exists(in: folder) else { throw .missing }
        let locked = try VaultFolder(locking: folder)
        let file = try locked.read()
        let contents = try VaultContents(decoding: file)
        let key = try contents.key(passphrase: passphrase)
        guard VaultContents.isAuthentic(file, key: key) else { throw .damaged }
        return Vault(locked, key: key, contents: contents)
    }

    // MARK: Records

    /// The records of the kinds that this version knows, in the order in which they were added.
    public var records: [RecordInfo] {
        contents.records.compactMap { record in
            RecordKind(rawValue: record.kind).map { RecordInfo(id: record.id, kind: $0) }
        }
    }

    /// The bytes of a record.
    ///
    /// - Throws: ``VaultError/missing`` if there is no such record.
    public borrowing func read(_ id: RecordID) throws(VaultError) -> SecretBytes {
        try contents.open(id, key: key)
    }

    /// Adds a record, or replaces the one with its identifier; durable when it returns.
    ///
    /// On failure memory and disk stay as they were. One exception: if only the last fsync, that of the folder, fails,
    /// the new file is in place and memory follows it; the error says that a power cut could still undo it.
    ///
    /// - Throws: ``VaultError/tooLarge`` past a limit, ``VaultError/noSpace`` on a full disk.
    public mutating func put(
        _ id: RecordID, kind: RecordKind, _ plaintext: borrowing SecretBytes
    ) throws(VaultError) {
        try put(id, kind: kind, plaintext) { (_) throws(SystemError) in }
    }

    /// As above; `before` hears of each step of the write, for tests.
    package mutating func put(
        _ id: RecordID, kind: RecordKind, _ plaintext: borrowing SecretBytes,
        before: (ReplaceStep) throws(SystemError) -> Void
    ) throws(VaultError) {
        var changed = contents
        try changed.put(plaintext, id: id, kind: kind.rawValue, key: key)
        try write(changed, before: before)
    }

    /// Removes a record; durable when it returns, unchanged on failure as in ``put(_:kind:_:)``.
    ///
    /// - Throws: ``VaultError/missing`` if there is no such record.
    public mutating func remove(_ id: RecordID) throws(VaultError) {
        var changed = contents
        try changed.remove(id)
        try write(changed) { (_) throws(SystemError) in }
    }

    // MARK: Passphrase

    /// Whether a passphrase opens this vault. Slow, as opening is.
    public borrowing func isPassphrase(_ passphrase: borrowing SecretBytes) throws(VaultError) -> Bool {
        guard passphrase.count > 0 else { return false }
        do throws(VaultError) { _ = try contents.key(passphrase: passphrase) } catch .wrongPassphrase { return false }
        return true
    }

    /// Makes `passphrase` the one that opens the vault, under a new vault key: a copy of the file from before opens
    /// nothing that is written after. Slow, as opening is; unchanged on failure as in ``put(_:kind:_:)``.
    ///
    /// Where another version has added a slot of a kind that this one can't wrap a key for, the key stays, and the slot.
    ///
    /// - Throws: ``VaultError/wrongPassphrase`` for an empty passphrase.
    public mutating func changePassphrase(
        to passphrase: borrowing SecretBytes, derivation: KeyDerivation = .recommended()
    ) throws(VaultError) {
        try changePassphrase(to: passphrase, derivation: derivation) { (_) throws(SystemError) in }
    }

    /// As above; `before` hears of each step of the write, for tests.
    package mutating func changePassphrase(
        to passphrase: borrowing SecretBytes, derivation: KeyDerivation,
        before: (ReplaceStep) throws(SystemError) -> Void
    ) throws(VaultError) {
        guard contents.slots.allSatisfy({ $0.kind == Slot.passphraseKind }) else {
            var changed = contents
            try changed.setPassphrase(passphrase, derivation: derivation, key: key)
            return try write(changed, before: before)
        }
        let fresh = SecretBytes.random(count: AuthenticatedSealing.keyLength)
        var changed = try contents.sealedAnew(from: key, to: fresh)
        try changed.setPassphrase(passphrase, derivation: derivation, key: fresh)
        try write(changed, under: fresh, before: before)
    }

    // MARK: Writing

    private mutating func write(
        _ changed: VaultContents, before: (ReplaceStep) throws(SystemError) -> Void
    ) throws(VaultError) {
        try write(changed, under: key.copy(), before: before)
    }

    private mutating func write(
        _ changed: VaultContents, under fresh: consuming SecretBytes,
        before: (ReplaceStep) throws(SystemError) -> Void
    ) throws(VaultError) {
        let bytes = changed.encoded(key: fresh)
        guard bytes.count <= VaultLimits.file else { throw .tooLarge }
        do { try folder.replace(with: bytes, before: before) } catch {
            // Memory follows the disk: see `put`.
            if (try? folder.read()) == bytes {
                contents = changed
                key = fresh
            }
            throw error
        }
        contents = changed
        key = fresh
    }
}
