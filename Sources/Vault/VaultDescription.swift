public import SecureMemory

/// What a vault's file tells without being opened; whether it is authentic is known only with the key.
public struct VaultDescription: Equatable, Sendable {
    /// A way to open the vault.
    public struct Slot: Equatable, Sendable {
        /// 1: a passphrase.
        public let kind: UInt32
        /// What its key is derived with; nil for other kinds, and for a slot that is damaged.
        public let derivation: KeyDerivation?
    }

    /// The file.
    public let path: String
    /// Its format.
    public let version: UInt32
    public let slots: [Slot]
    /// Records of all kinds.
    public let recordCount: Int
}

extension Vault {
    /// Describes the vault of a folder, open or not, also while another agent has it: a write replaces the whole file.
    ///
    /// - Throws: ``VaultError/missing``, ``VaultError/damaged``, ``VaultError/newerVersion`` and those of reading.
    public static func describe(in folder: String) throws(VaultError) -> VaultDescription {
        let contents = try VaultContents(decoding: VaultFolder.read(in: folder))
        return VaultDescription(
            path: VaultFolder.file(in: folder), version: VaultContents.version,
            slots: contents.slots.map { slot in
                let parsed = slot.kind == Slot.passphraseKind ? try? PassphraseSlot(body: slot.body) : nil
                return VaultDescription.Slot(kind: slot.kind, derivation: parsed?.derivation)
            }, recordCount: contents.records.count)
    }
}
