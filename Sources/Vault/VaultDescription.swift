public import SecureMemory

/// What a vault's file tells without being opened; whether it is authentic is known only with the key.
public struct VaultDescription: Equatable, Sendable {
    /// A way to open the vault.
    public struct Slot: Equatable, Sendable {
        /// 1: a passphrase, 2: the desktop's keyring.
        public let kind: UInt32
        /// What its key is derived with; nil for other kinds, and for a slot that is damaged.
        public let derivation: KeyDerivation?
        /// By which the keyring knows its key; nil for other kinds, and for a slot that is damaged.
        public let keyring: SlotID?
    }

    /// The vault's identifier, 16 bytes.
    public let id: [UInt8]
    /// The file.
    public let path: String
    /// Its format.
    public let version: UInt32
    public let slots: [Slot]
    /// Records of all kinds but the log's end.
    public let recordCount: Int
}

extension Vault {
    /// Describes the vault of a folder, open or not, also while another agent has it: a write replaces the whole file.
    ///
    /// - Throws: ``VaultError/missing``, ``VaultError/damaged``, ``VaultError/newerVersion`` and those of reading.
    public static func describe(in folder: String) throws(VaultError) -> VaultDescription {
        let contents = try VaultContents(decoding: VaultFolder.read(in: folder))
        return VaultDescription(
            id: contents.id, path: VaultFolder.file(in: folder), version: VaultContents.version,
            slots: contents.slots.map(\.described), recordCount: contents.recordCount)
    }
}

extension Slot {
    fileprivate var described: VaultDescription.Slot {
        VaultDescription.Slot(
            kind: kind,
            derivation: kind == Self.passphraseKind ? (try? PassphraseSlot(body: body))?.derivation : nil,
            keyring: kind == Self.keyringKind ? (try? KeyringSlot(body: body))?.id : nil)
    }
}
