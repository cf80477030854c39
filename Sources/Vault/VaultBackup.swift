import Posix
public import SecureMemory

/// A copy of a vault's file, opened by the passphrase: it is known to be whole, and every record in it to open.
public struct VaultBackup: ~Copyable, Sendable {
    fileprivate let contents: VaultContents
    fileprivate let key: SecretBytes

    /// Whether the bytes could be a vault's file of this version; nothing is opened.
    ///
    /// - Throws: ``VaultError/damaged``, ``VaultError/newerVersion`` or ``VaultError/tooLarge``.
    public static func check(_ file: [UInt8]) throws(VaultError) {
        guard file.count <= VaultLimits.file else { throw .tooLarge }
        _ = try VaultContents(decoding: file)
    }

    /// Opens a copy. Slow, as opening a vault is.
    ///
    /// - Throws: ``VaultError/wrongPassphrase``, or ``VaultError/damaged`` if it is not what a holder of the key wrote.
    public init(opening file: [UInt8], passphrase: borrowing SecretBytes) throws(VaultError) {
        try Self.check(file)
        let contents = try VaultContents(decoding: file)
        let key = try contents.key(passphrase: passphrase)
        guard VaultContents.isAuthentic(file, key: key) else { throw .damaged }
        for record in contents.records { _ = try contents.open(record.id, key: key) }
        self.contents = contents
        self.key = key
    }

    /// Records of all kinds but the log's end.
    public var recordCount: Int { contents.recordCount }

    /// The records of the kinds that this version knows.
    public var records: [RecordInfo] {
        contents.records.compactMap { record in
            RecordKind(rawValue: record.kind).map { RecordInfo(id: record.id, kind: $0) }
        }
    }

    /// The bytes of a record.
    public borrowing func read(_ id: RecordID) throws(VaultError) -> SecretBytes {
        try contents.open(id, key: key)
    }

    /// What takes a vault's place. The keyring's slot stays behind: its key may be gone, or another's; and so does the end
    /// of the log, which may be that of another machine.
    fileprivate func restored() throws(VaultError) -> VaultContents {
        var restored = contents
        try restored.removeSlots(ofKind: Slot.keyringKind)
        restored.removeLogEnd()
        return restored
    }
}

extension Vault {
    /// Where a restoring keeps the vault that was there before.
    public static func former(in folder: String) -> String { VaultFolder.file(in: folder) + ".before-restore" }

    /// Puts a backup in the place of a folder's vault, or of none, and opens it. The former vault is kept beside it,
    /// whatever its state. At every instant a kill leaves the former vault or the backup; on failure nothing changes.
    ///
    /// - Throws: ``VaultError/lockedByAnother`` while an agent has the vault open, this one too.
    public static func restore(_ backup: consuming VaultBackup, in path: String) throws(VaultError) -> Vault {
        let contents = try backup.restored()
        do throws(SystemError) { try Files.makeFolder(path) } catch { throw VaultError(error) }
        let folder = try VaultFolder(locking: path)
        if exists(in: path) { try folder.keepFormer() }
        try folder.replace(with: contents.encoded(key: backup.key)) { (_) throws(SystemError) in }
        return Vault(folder, key: backup.key.copy(), contents: contents)
    }

    /// Puts a backup in this vault's place, as ``restore(_:in:)``.
    public mutating func restore(_ backup: consuming VaultBackup) throws(VaultError) {
        let contents = try backup.restored()
        try folder.keepFormer()
        try write(contents, under: backup.key.copy()) { (_) throws(SystemError) in }
    }
}
