import AgentProtocol
import Audit
import SecureMemory
import Vault

/// Changes of what opens the vault. Each needs the passphrase, whether or not the vault is open.
extension VaultKeeper {
    /// Changes the passphrase: the person types the present one, and then the new one.
    func changePassphrase(for client: ClientConnection) async throws(AgentError) -> VaultChange {
        let proven = try await prove(.changePassphrase, for: client)
        let passphrase = try await newPassphrase(for: client)
        return try await withTurn { () throws(AgentError) in
            try requireSame(proven)
            let strength = strength
            return try await renew { vault, keyring throws(VaultError) in
                guard let passphrase = passphrase.take() else { throw .wrongPassphrase }
                let derivation = strength.derivation(after: vault.derivation)
                try vault.changePassphrase(to: passphrase, derivation: derivation, keyring: keyring)
            }
        }
    }

    /// Makes a new vault key under the same passphrase.
    func changeKey(for client: ClientConnection) async throws(AgentError) -> VaultChange {
        let proven = try await prove(.changeKey, for: client)
        return try await withTurn { () throws(AgentError) in
            try requireSame(proven)
            let (strength, passphrase) = (strength, proven.passphrase)
            return try await renew { vault, keyring throws(VaultError) in
                guard let passphrase = passphrase.take() else { throw .wrongPassphrase }
                let derivation = strength.derivation(after: vault.derivation)
                try vault.changeKey(passphrase: passphrase, derivation: derivation, keyring: keyring)
            }
        }
    }

    /// Has the keyring open the vault.
    ///
    /// - Throws: `.keyring` if it can't hold a key.
    func addKeyring(for client: ClientConnection) async throws(AgentError) {
        let proven = try await prove(.setKeyring, for: client)
        try await withTurn { () throws(AgentError) in
            try requireSame(proven)
            let fresh = KeyringKey.random()
            if let miss = try await store(fresh) { throw AgentError(.keyring, miss.detail) }
            let (slot, key) = (fresh.id, SecretBox(fresh.key.copy()))
            try await changeSlots(fresh.id) { vault throws(VaultError) in
                guard let key = key.take() else { throw .wrongPassphrase }
                try vault.setKeyring(KeyringKey(id: slot, key: key))
            }
        }
    }

    /// Has the keyring no longer open the vault, and forget what it holds for it.
    func removeKeyring(for client: ClientConnection) async throws(AgentError) -> VaultChange {
        try await openExisting(for: client)
        return try await withTurn { () throws(AgentError) in
            let box = try openBox()
            let vault = try await onWorker { () throws(VaultError) in
                try box.vault.removeKeyring()
                return box.vault.id
            }
            // All of the vault's: also what a kill between a change of slots and its tidying has left.
            switch await keyrings.delete(nil, vault: vault) {
            case .done, .missed(.notFound): return VaultChange(keyring: .nothing)
            case .missed: return VaultChange(keyring: .entryRemains)
            }
        }
    }

    // MARK: The person

    /// A passphrase that the person has typed rightly, and the open vault whose it is.
    struct Proven: Sendable {
        let passphrase: SecretBox
        fileprivate let box: Box
        fileprivate let proof: PassphraseProof
    }

    /// Has the person type the vault's passphrase, and opens the vault by it if it is locked.
    func prove(_ step: VaultStep, for client: ClientConnection) async throws(AgentError) -> Proven {
        guard state != .none else { throw AgentError(.noIdentity, "nothing is activated yet") }
        let lockings = lockings
        return try await prompts.askUntil(Self.maximumTries, for: client) { wrong in
            (.vault(step), ConfirmationTerms(needsPassphrase: true, wrongTries: wrong))
        } isRight: { answer throws(AgentError) -> Proven? in
            let place = TypedPlace(answer)
            let copy = SecretBox(answer.value.copy())
            let typed = SecretBox(answer.value)
            let proven = try await withTurn { () throws(AgentError) -> Proven? in
                let isRight =
                    try await open == nil
                    ? opens(copy, typedAt: place, begunAt: lockings) : isRight(copy, from: place.terminal)
                guard isRight else { return nil }
                let box = try openBox()
                return Proven(passphrase: typed, box: box, proof: box.vault.passphraseProof)
            }
            let answer = proven != nil ? "yes" : "wrong_passphrase"
            audit.after(.answered(Act(.vault(step), for: client).answered(answer, caller: client.caller)))
            return proven
        }
    }

    /// In the vault's turn: since the person typed the passphrase, the vault may have been locked, restored or changed.
    private func requireSame(_ proven: Proven) throws(AgentError) {
        let box = try openBox()
        guard box === proven.box, box.vault.passphraseProof == proven.proof else {
            throw AgentError(.denied, "the vault was changed meanwhile")
        }
    }

    func newPassphrase(for client: ClientConnection) async throws(AgentError) -> SecretBox {
        let passphrase = SecretBox(try await prompts.ask(.newPassphrase, for: client))
        let isLongEnough = passphrase.withSecret { $0.count >= Self.minimumPassphrase } ?? false
        guard isLongEnough else { throw AgentError(.invalid, "the passphrase is too short") }
        return passphrase
    }

    // MARK: The slots

    /// Makes another vault key and all slots for it.
    ///
    /// The keyring holds its new key before the vault is written, and loses the former one after, so that every slot
    /// opens the vault at every instant.
    private func renew(
        _ body: @escaping @Sendable (inout Vault, borrowing KeyringKey?) throws(VaultError) -> Void
    ) async throws(AgentError) -> VaultChange {
        guard await keyringSlot() != nil else {
            try await changeSlots(nil) { vault throws(VaultError) in try body(&vault, nil) }
            return VaultChange(keyring: .nothing)
        }
        let fresh = KeyringKey.random()
        guard try await store(fresh) == nil else {
            try await changeSlots(nil) { vault throws(VaultError) in try body(&vault, nil) }
            return VaultChange(keyring: .slotDropped)
        }
        let (slot, key) = (fresh.id, SecretBox(fresh.key.copy()))
        try await changeSlots(slot) { vault throws(VaultError) in
            guard let key = key.take() else { throw .wrongPassphrase }
            try body(&vault, KeyringKey(id: slot, key: key))
        }
        return VaultChange(keyring: .nothing)
    }

    /// Changes the vault, and deletes from the keyring whichever entry no slot names then: the former one, or the fresh
    /// one if the change failed.
    private func changeSlots(
        _ fresh: SlotID?, _ body: @escaping @Sendable (inout Vault) throws(VaultError) -> Void
    ) async throws(AgentError) {
        let box = try openBox()
        let before = await keyringSlot()
        var failure: AgentError?
        let former = try await onWorker { () throws(VaultError) in box.vault.passphraseProof }
        do throws(AgentError) {
            try await onWorker { () throws(VaultError) in try body(&box.vault) }
        } catch { failure = error }
        // A failure may have come after the file was written.
        passphrase.follow(
            from: former, to: try await onWorker { () throws(VaultError) in box.vault.passphraseProof })
        let now = await keyringSlot()?.slot
        let vault = try await onWorker { () throws(VaultError) in box.vault.id }
        for slot in [before?.slot, fresh].compactMap({ $0 }) where slot != now {
            _ = await keyrings.delete(slot, vault: vault)
        }
        if let failure { throw failure }
    }

    /// Stores a key; why not, if it can't be.
    private func store(_ keyring: borrowing KeyringKey) async throws(AgentError) -> KeyringMiss? {
        let box = try openBox()
        let vault = try await onWorker { () throws(VaultError) in box.vault.id }
        switch await keyrings.store(keyring, vault: vault) {
        case .done: return nil
        case .missed(let miss): return miss
        }
    }

    private func openBox() throws(AgentError) -> Box {
        guard let open else { throw AgentError(.locked, "the vault was locked meanwhile") }
        return open
    }
}

extension KeyringMiss {
    /// For people who report a fault.
    fileprivate var detail: String {
        switch self {
        case .locked: "it is locked"
        case .noService: "there is no Secret Service on the session bus"
        case .late: "it does not answer"
        case .notFound, .stale, .failed, .spent: "it failed"
        }
    }
}
