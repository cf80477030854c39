import AgentProtocol
import Audit
import SecureMemory
import Vault

/// The ways into the vault: the keyring first, where the vault has a slot for it, and the person's passphrase.
extension VaultKeeper {
    /// What a worker brings back of an opening.
    struct Opened: Sendable {
        let box: Box
        let records: [IdentityRecord]
        /// By what its passphrase was known when it was opened.
        let openedBy: PassphraseProof
        /// By what it is known since.
        var proof: PassphraseProof
        /// Where the log had ended when the vault was written last; nil where that is not known, or not to be compared.
        let logEnd: AuditHead?

        init(box: Box, records: [IdentityRecord], logEnd: AuditHead? = nil) {
            self.box = box
            self.records = records
            self.logEnd = logEnd
            openedBy = box.vault.passphraseProof
            proof = openedBy
        }
    }

    /// Opens the locked vault; what the keyring opens is recorded, since nobody is asked.
    func unlock(for client: ClientConnection) async throws(AgentError) {
        let lockings = lockings
        switch try await openByKeyring() {
        case .success(let opened):
            try adopt(opened, begunAt: lockings)
            audit.note(AuditEntry("vault_opened", caller: client.caller))
            await settleLogEnd(opened.logEnd)
        case .failure(let reason): try await unlockByPassphrase(for: client, reason.miss)
        }
    }

    /// Opens the locked vault by the person's passphrase.
    ///
    /// - Parameter miss: why the keyring did not open it; nil if it was not to.
    func unlockByPassphrase(for client: ClientConnection, _ miss: KeyringMiss? = nil) async throws(AgentError) {
        let lockings = lockings
        for wrong in 0..<Self.maximumTries {
            let typed = try await prompts.askTyped(.unlock(wrongTries: wrong, miss: miss), for: client)
            let place = TypedPlace(typed)
            let passphrase = SecretBox(typed.value)
            let (folder, strength) = (folder, strength)
            let outcome = await WorkerPool.shared.run { Self.open(folder, passphrase, strength) }
            switch outcome {
            case .success(let opened):
                try adopt(opened, typedAt: place, begunAt: lockings)
                return await settleLogEnd(opened.logEnd)
            case .failure(.wrongPassphrase): continue
            case .failure(let error): throw Self.error(for: error)
            }
        }
        throw AgentError(.wrongPassphrase)
    }

    /// Opens the locked vault by a passphrase that was typed for something else; false if it is not the vault's.
    func opens(_ passphrase: SecretBox, typedAt place: TypedPlace) async throws(AgentError) -> Bool {
        let (lockings, folder, strength) = (lockings, folder, strength)
        switch await WorkerPool.shared.run({ Self.open(folder, passphrase, strength) }) {
        case .success(let opened):
            try adopt(opened, typedAt: place, begunAt: lockings)
            await settleLogEnd(opened.logEnd)
            return true
        case .failure(.wrongPassphrase): return false
        case .failure(let error): throw Self.error(for: error)
        }
    }

    /// Makes a vault with a passphrase that the person chooses.
    func create(for client: ClientConnection) async throws(AgentError) {
        let lockings = lockings
        let passphrase = try await newPassphrase(for: client)
        let (folder, strength) = (folder, strength)
        let created = try await onWorker { () throws(VaultError) in
            guard let passphrase = passphrase.take() else { throw .wrongPassphrase }
            let vault = try Vault.create(in: folder, passphrase: passphrase, derivation: strength.derivation())
            return Opened(box: Box(vault), records: [])
        }
        try adopt(created, begunAt: lockings)
        // Nobody but the person is asked for a new one.
        learn(created)
        await settleLogEnd(nil)
    }

    // MARK: The keyring

    /// Why the passphrase is asked for.
    private struct Miss: Error {
        /// Nil where no slot is the keyring's.
        let miss: KeyringMiss?
    }

    private func openByKeyring() async throws(AgentError) -> Result<Opened, Miss> {
        guard let (vault, slot) = await keyringSlot() else { return .failure(Miss(miss: nil)) }
        guard lockings == 0 else { return .failure(Miss(miss: .spent)) }
        let answer = await keyrings.lookUp(slot, vault: vault)
        guard !Task.isCancelled else { throw AgentError(.denied, "the asking program went away") }
        let secret: SecretBox
        switch answer {
        case .missed(let miss): return .failure(Miss(miss: miss))
        case .done(let found): secret = found
        }
        let folder = folder
        switch await WorkerPool.shared.run({ Self.open(folder, slot, secret) }) {
        // Another file in the vault's place is opened by nobody's keyring.
        case .success(let opened) where passphrase.proof.map({ $0 != opened.openedBy }) == true:
            return .failure(Miss(miss: .stale))
        case .success(let opened): return .success(opened)
        case .failure(.wrongPassphrase): return .failure(Miss(miss: .stale))
        case .failure(let error): throw Self.error(for: error)
        }
    }

    /// The vault's identifier and its slot of the keyring's, if it has one.
    func keyringSlot() async -> (vault: [UInt8], slot: SlotID)? {
        let folder = folder
        return await WorkerPool.shared.run {
            guard let found = try? Vault.describe(in: folder) else { return nil }
            return found.slots.compactMap(\.keyring).first.map { (found.id, $0) }
        }
    }

    // MARK: On a worker

    private nonisolated static func open(
        _ folder: String, _ passphrase: SecretBox, _ strength: DerivationStrength
    ) -> Result<Opened, VaultError> {
        guard let passphrase = passphrase.take() else { return .failure(.wrongPassphrase) }
        do throws(VaultError) {
            var opened = try records(of: try Vault.open(in: folder, passphrase: passphrase))
            raise(&opened.box.vault, passphrase, strength)
            opened.proof = opened.box.vault.passphraseProof
            return .success(opened)
        } catch { return .failure(error) }
    }

    /// Derives the passphrase's key with more, if the machine has more than when the slot was made. The vault is open
    /// whether or not that can be written: it is tried again at the next opening.
    private nonisolated static func raise(
        _ vault: inout Vault, _ passphrase: borrowing SecretBytes, _ strength: DerivationStrength
    ) {
        guard let slot = vault.derivation, let raised = strength.raised(above: slot) else { return }
        do throws(VaultError) { try vault.setDerivation(raised, passphrase: passphrase) } catch {
            DebugLog.write("the passphrase's slot stays as it is: \(error)")
        }
    }

    private nonisolated static func open(
        _ folder: String, _ slot: SlotID, _ secret: SecretBox
    ) -> Result<Opened, VaultError> {
        guard let secret = secret.take() else { return .failure(.wrongPassphrase) }
        do throws(VaultError) {
            return .success(
                try records(of: try Vault.open(in: folder, keyring: KeyringKey(id: slot, key: secret))))
        } catch { return .failure(error) }
    }

    /// An open vault with its identities.
    nonisolated static func records(of vault: consuming Vault) throws(VaultError) -> Opened {
        try records(of: Box(vault))
    }

    /// As above.
    nonisolated static func records(of box: Box) throws(VaultError) -> Opened {
        var records: [IdentityRecord] = []
        for info in box.vault.records where info.kind == .identity {
            let plaintext = try box.vault.read(info.id)
            let record = plaintext.withBytes { try? IdentityRecord(decoding: $0) }
            guard let record else { throw .damaged }
            records.append(record)
        }
        let hasEnd = box.vault.records.contains { $0.id == LogEnd.name && $0.kind == .logEnd }
        let end = hasEnd ? try box.vault.read(LogEnd.name).withBytes { LogEnd.decode($0) } : nil
        return Opened(box: box, records: records, logEnd: end)
    }
}
