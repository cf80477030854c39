public import SecureMemory

/// By what a vault's passphrase is known, apart from the vault: its slots, which are no secret.
///
/// It tells whether a passphrase is right also while the vault is locked, and after somebody has put another file in the
/// vault's place.
public struct PassphraseProof: Equatable, Sendable {
    /// Nothing but the identifier and the passphrase's slots.
    private let contents: VaultContents

    init(of contents: VaultContents) {
        var proof = VaultContents(id: contents.id)
        proof.slots = contents.slots.filter { $0.kind == Slot.passphraseKind }
        self.contents = proof
    }

    /// Its bytes, to be kept by another process of the agent's: no secret, and as slow to try passphrases with as the vault's
    /// file itself.
    public var encoded: [UInt8] { contents.encodedSlots }

    /// Reads what ``encoded`` gave.
    ///
    /// - Throws: ``VaultError/damaged``.
    public init(decoding bytes: [UInt8]) throws(VaultError) {
        self.init(of: try VaultContents(decodingSlots: bytes))
    }

    /// Whether a passphrase is the one. Slow, as opening a vault is.
    public func accepts(_ passphrase: borrowing SecretBytes) throws(VaultError) -> Bool {
        do throws(VaultError) { _ = try contents.key(passphrase: passphrase) } catch .wrongPassphrase { return false }
        return true
    }
}

extension Vault {
    /// By what the passphrase of an open vault is known.
    public var passphraseProof: PassphraseProof {
        borrowing get { PassphraseProof(of: contents) }
    }

    /// The same of the vault of a folder, open or not.
    ///
    /// - Throws: as ``describe(in:)``.
    public static func passphraseProof(in folder: String) throws(VaultError) -> PassphraseProof {
        PassphraseProof(of: try VaultContents(decoding: VaultFolder.read(in: folder)))
    }
}
