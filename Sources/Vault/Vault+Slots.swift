package import Posix
public import SecureMemory

/// What opens the vault: a passphrase, and beside it the desktop's keyring.
extension Vault {
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
    /// - Parameter keyring: what the keyring holds from now on, stored there before; nil leaves the vault without a
    ///   slot of the keyring's. So no slot is left that wraps a former vault key.
    /// - Throws: ``VaultError/wrongPassphrase`` for an empty passphrase.
    public mutating func changePassphrase(
        to passphrase: borrowing SecretBytes, derivation: KeyDerivation = .recommended(),
        keyring: borrowing KeyringKey? = nil
    ) throws(VaultError) {
        try changePassphrase(to: passphrase, derivation: derivation, keyring: keyring) { (_) throws(SystemError) in }
    }

    /// Makes a new vault key; the passphrase stays, which must be the vault's. As ``changePassphrase(to:derivation:keyring:)``.
    ///
    /// - Throws: ``VaultError/unknownSlot`` where the key can't be changed.
    public mutating func changeKey(
        passphrase: borrowing SecretBytes, derivation: KeyDerivation = .recommended(),
        keyring: borrowing KeyringKey? = nil
    ) throws(VaultError) {
        guard contents.canChangeKey else { throw .unknownSlot }
        try changePassphrase(to: passphrase, derivation: derivation, keyring: keyring)
    }

    /// As above; `before` hears of each step of the write, for tests.
    package mutating func changePassphrase(
        to passphrase: borrowing SecretBytes, derivation: KeyDerivation, keyring: borrowing KeyringKey? = nil,
        before: (ReplaceStep) throws(SystemError) -> Void
    ) throws(VaultError) {
        let fresh = contents.canChangeKey ? SecretBytes.random(count: AuthenticatedSealing.keyLength) : key.copy()
        var changed = contents
        if contents.canChangeKey { changed = try contents.sealedAnew(from: key, to: fresh) }
        try changed.setPassphrase(passphrase, derivation: derivation, key: fresh)
        switch keyring {
        case .some(let keyring): try changed.setKeyring(keyring, key: fresh)
        case .none: try changed.removeSlots(ofKind: Slot.keyringKind)
        }
        try write(changed, under: fresh, before: before)
    }

    /// What the passphrase's key is derived with; nil where several passphrases open the vault.
    public var derivation: KeyDerivation? {
        let slots = contents.slots.filter { $0.kind == Slot.passphraseKind }
        guard slots.count == 1 else { return nil }
        return (try? PassphraseSlot(body: slots[0].body))?.derivation
    }

    /// Derives the passphrase's key with other parameters; the passphrase must be the vault's. Slow, as opening is.
    ///
    /// - Throws: ``VaultError/unknownSlot`` where several passphrases open the vault.
    public mutating func setDerivation(
        _ derivation: KeyDerivation, passphrase: borrowing SecretBytes
    ) throws(VaultError) {
        guard self.derivation != nil else { throw .unknownSlot }
        var changed = contents
        try changed.setPassphrase(passphrase, derivation: derivation, key: key)
        try write(changed) { (_) throws(SystemError) in }
    }

    // MARK: Keyring

    /// The vault's identifier, 16 bytes.
    public var id: [UInt8] { contents.id }

    /// Has a key of the keyring's open the vault, and no other of that kind; unchanged on failure as in
    /// ``put(_:kind:_:)``. The keyring must hold the key before.
    public mutating func setKeyring(_ keyring: borrowing KeyringKey) throws(VaultError) {
        try setKeyring(keyring) { (_) throws(SystemError) in }
    }

    /// As above; `before` hears of each step of the write, for tests.
    package mutating func setKeyring(
        _ keyring: borrowing KeyringKey, before: (ReplaceStep) throws(SystemError) -> Void
    ) throws(VaultError) {
        var changed = contents
        try changed.setKeyring(keyring, key: key)
        try write(changed, before: before)
    }

    /// Removes all slots of a kind; unchanged on failure as in ``put(_:kind:_:)``.
    ///
    /// - Throws: ``VaultError/lastSlot`` if no slot for a passphrase would be left.
    public mutating func removeSlots(ofKind kind: UInt32) throws(VaultError) {
        var changed = contents
        try changed.removeSlots(ofKind: kind)
        try write(changed) { (_) throws(SystemError) in }
    }

    /// Has the keyring no longer open the vault.
    public mutating func removeKeyring() throws(VaultError) {
        try removeSlots(ofKind: Slot.keyringKind)
    }
}
