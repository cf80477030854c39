import AgentProtocol
import Audit
import EventLoop
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

    /// Opens the locked vault: by the keyring, or by the person's passphrase.
    func unlock(for client: ClientConnection) async throws(AgentError) {
        let lockings = lockings
        switch await openByKeyring(for: client) {
        case .opened: return
        case .failed(let error): throw error
        case .missed(let miss): try await unlockByPassphrase(for: client, miss, begunAt: lockings)
        }
    }

    /// - Parameter miss: why the keyring did not open it; nil if it was not to.
    private func unlockByPassphrase(
        for client: ClientConnection, _ miss: KeyringMiss?, begunAt lockings: Int
    ) async throws(AgentError) {
        try await prompts.askUntil(Self.maximumTries, for: client) { wrong in
            (.unlock(wrongTries: wrong, miss: miss), ConfirmationTerms())
        } isRight: { typed throws(AgentError) -> Void? in
            let place = TypedPlace(typed)
            let passphrase = SecretBox(typed.value)
            let isOpen = try await withTurn { () throws(AgentError) in
                if open != nil { return true }
                return try await opens(passphrase, typedAt: place, begunAt: lockings)
            }
            return isOpen ? () : nil
        }
    }

    /// Opens the locked vault by a passphrase, in the vault's turn; false if it is not the vault's.
    func opens(
        _ passphrase: SecretBox, typedAt place: TypedPlace, begunAt lockings: Int
    ) async throws(AgentError) -> Bool {
        let (folder, strength) = (folder, strength)
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
        try await withTurn { () throws(AgentError) in
            guard state == .none else { throw AgentError(.denied, "a vault has been made meanwhile") }
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
    }

    // MARK: The keyring

    /// What came of a word to the keyring.
    enum KeyringOpening: Sendable {
        case opened
        /// The passphrase is asked for; why, or nil where no slot is the keyring's.
        case missed(KeyringMiss?)
        case failed(AgentError)
    }

    /// Has the keyring open the vault, once for all who wait for that. Whoever goes away meanwhile leaves it to the others.
    private func openByKeyring(for client: ClientConnection) async -> KeyringOpening {
        let task =
            lookingUp
            ?? Task { @CoreActor in
                let end = await lookUpAndOpen(for: client)
                lookingUp = nil
                return end
            }
        lookingUp = task
        let end = Promise<KeyringOpening>()
        Task { @CoreActor in end.fulfil(await task.value) }
        let gone = KeyringOpening.failed(AgentError(.denied, "the asking program went away"))
        return await end.wait(ifLate: gone, ifCancelled: gone)
    }

    /// What the keyring opens is recorded, since nobody is asked.
    private func lookUpAndOpen(for client: ClientConnection) async -> KeyringOpening {
        let lockings = lockings
        guard let (vault, slot) = await keyringSlot() else { return .missed(nil) }
        guard lockings == 0 else { return .missed(.spent) }
        let secret: SecretBox
        switch await keyrings.lookUp(slot, vault: vault) {
        case .missed(let miss): return .missed(miss)
        case .done(let found): secret = found
        }
        do throws(AgentError) {
            return try await withTurn { () throws(AgentError) in
                guard open == nil else { return .opened }
                return try await open(by: secret, of: slot, begunAt: lockings, for: client)
            }
        } catch { return .failed(error) }
    }

    private func open(
        by secret: SecretBox, of slot: SlotID, begunAt lockings: Int, for client: ClientConnection
    ) async throws(AgentError) -> KeyringOpening {
        let folder = folder
        switch await WorkerPool.shared.run({ Self.open(folder, slot, secret) }) {
        // Another file in the vault's place is opened by nobody's keyring.
        case .success(let opened) where passphrase.proof.map({ $0 != opened.openedBy }) == true: return .missed(.stale)
        case .success(let opened):
            try adopt(opened, begunAt: lockings)
            audit.after(.vault(.opened, by: client.caller))
            await settleLogEnd(opened.logEnd)
            return .opened
        case .failure(.wrongPassphrase): return .missed(.stale)
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
