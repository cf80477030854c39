import Glibc
package import Posix
public import SecureMemory

/// An open vault: the agent's records at rest, and the key that opens them.
///
/// A vault is one file, `vault`, in a folder of its own; `contrib/doc/VAULT.md` describes it. The file's folder stays
/// locked while the vault is open, so that two agents never write one vault. All calls reach the disk: they belong on
/// a worker thread.
public struct Vault: ~Copyable, Sendable {
    let folder: VaultFolder
    private(set) var key: SecretBytes
    private(set) var contents: VaultContents

    init(_ folder: consuming VaultFolder, key: consuming SecretBytes, contents: VaultContents) {
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
        try open(in: folder) { (contents) throws(VaultError) in try contents.key(passphrase: passphrase) }
    }

    /// Opens the vault of a folder by the slot of the keyring's, at once; throws as with a passphrase.
    public static func open(in folder: String, keyring: borrowing KeyringKey) throws(VaultError) -> Vault {
        try open(in: folder) { (contents) throws(VaultError) in try contents.key(keyring: keyring) }
    }

    private static func open(
        in folder: String, _ key: (VaultContents) throws(VaultError) -> SecretBytes
    ) throws(VaultError) -> Vault {
        guard exists(in: folder) else { throw .missing }
        let locked = try VaultFolder(locking: folder)
        let file = try locked.read()
        let contents = try VaultContents(decoding: file)
        let key = try key(contents)
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

    // MARK: Writing

    /// Writes what has changed, under the same key.
    mutating func write(
        _ changed: VaultContents, before: (ReplaceStep) throws(SystemError) -> Void
    ) throws(VaultError) {
        try write(changed, under: key.copy(), before: before)
    }

    /// Writes what has changed, sealed under another key.
    mutating func write(
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
