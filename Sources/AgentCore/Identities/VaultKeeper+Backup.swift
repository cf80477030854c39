import AgentProtocol
import Audit
import EventLoop
import SecureMemory
import Vault

/// A vault's file on its way from a client.
struct HandedOver {
    let client: ObjectIdentifier
    var bytes: [UInt8] = []
}

/// Backups: the client hands over the file's bytes, which are sealed, and the person types the passphrase here alone.
extension VaultKeeper {
    /// Takes a part of a file; one client's takes the place of another's.
    ///
    /// - Throws: `.invalid` if it does not follow the part before, `.backup` if the whole is larger than any vault.
    func take(_ part: VaultPartRequest, from client: ClientConnection) throws(AgentError) {
        let name = ObjectIdentifier(client)
        if part.offset == 0 { handedOver = HandedOver(client: name) }
        guard let before = handedOver, before.client == name, before.bytes.count == Int(part.offset) else {
            throw AgentError(.invalid, "the parts do not follow each other")
        }
        guard before.bytes.count + part.bytes.count <= VaultLimits.file else {
            handedOver = nil
            throw AgentError(.backup, "it is too large")
        }
        handedOver?.bytes += part.bytes
    }

    /// Opens the file that the client has handed over, by the passphrase that the person types; nothing changes.
    func rehearse(for client: ClientConnection) async throws(AgentError) -> BackupInfo {
        let file = try handedOver(by: client)
        let opened = try await askAndOpen(.rehearse, for: client) { passphrase throws(VaultError) in
            try Self.identities(of: VaultBackup(opening: file, passphrase: passphrase))
        }
        return BackupInfo(records: UInt32(opened.records))
    }

    /// Puts the file that the client has handed over in the vault's place.
    func restore(for client: ClientConnection) async throws(AgentError) -> BackupInfo {
        let file = try handedOver(by: client)
        let (hasFormer, lockings) = (state != .none, lockings)
        let backup = try await askAndOpen(hasFormer ? .restoreOver : .restore, for: client) {
            passphrase throws(VaultError) in
            try Self.identities(of: VaultBackup(opening: file, passphrase: passphrase))
        }
        return try await withTurn { () throws(AgentError) in
            guard lockings == self.lockings else { throw AgentError(.denied, Self.lockedMeanwhile) }
            // The person was told whether another one would be lost.
            guard hasFormer == (state != .none) else { throw AgentError(.denied, "the vault was changed meanwhile") }
            let opened = try await put(backup)
            // Nobody but the person is asked about a backup.
            learn(opened)
            effects.vaultIsReplaced()
            // What was to be forgotten meanwhile stays so: the backup is in place all the same.
            if (try? adopt(opened, begunAt: lockings)) != nil { await settleLogEnd(nil) }
            return BackupInfo(
                records: UInt32(backup.records), former: hasFormer ? Vault.former(in: folder) : "")
        }
    }

    // MARK: Steps

    /// Puts a backup in the vault's place. If that fails, memory goes on from what the disk holds, which is the backup
    /// if only the last sync failed.
    private func put(_ backup: OpenBackup) async throws(AgentError) -> Opened {
        let (open, folder) = (open, folder)
        do throws(AgentError) {
            return try await onWorker { () throws(VaultError) in
                guard let taken = backup.take() else { throw .damaged }
                guard let open else {
                    return Opened(box: Box(try Vault.restore(taken, in: folder)), records: backup.identities)
                }
                try open.vault.restore(taken)
                return Opened(box: open, records: backup.identities)
            }
        } catch {
            if let open {
                let held = try await onWorker { () throws(VaultError) in try Self.records(of: open) }
                effects.vaultIsReplaced()
                effects.vaultWasOpened(held.records)
            }
            throw error
        }
    }

    /// A backup that was opened, and what it holds.
    private final class OpenBackup: @unchecked Sendable {
        let records: Int
        let identities: [IdentityRecord]
        private var backup: VaultBackup?

        init(_ backup: consuming VaultBackup, identities: [IdentityRecord]) {
            records = backup.recordCount
            self.identities = identities
            self.backup = consume backup
        }

        /// The backup, once.
        func take() -> VaultBackup? {
            var taken: VaultBackup? = nil
            swap(&taken, &backup)
            return taken
        }
    }

    private func handedOver(by client: ClientConnection) throws(AgentError) -> [UInt8] {
        guard let file = handedOver, file.client == ObjectIdentifier(client) else {
            throw AgentError(.invalid, "no file was handed over")
        }
        handedOver = nil
        do throws(VaultError) { try VaultBackup.check(file.bytes) } catch { throw Self.backupError(for: error) }
        return file.bytes
    }

    private func askAndOpen(
        _ step: VaultStep, for client: ClientConnection,
        _ body: @escaping @Sendable (borrowing SecretBytes) throws(VaultError) -> OpenBackup
    ) async throws(AgentError) -> OpenBackup {
        try await prompts.askUntil(Self.maximumTries, for: client) { wrong in
            (.vault(step), ConfirmationTerms(needsPassphrase: true, wrongTries: wrong))
        } isRight: { answer throws(AgentError) -> OpenBackup? in
            let typed = SecretBox(answer.value)
            // One derivation at a time.
            let outcome = try await withTurn { () throws(AgentError) in
                await WorkerPool.shared.run { () -> Result<OpenBackup, VaultError> in
                    guard let typed = typed.take() else { return .failure(.wrongPassphrase) }
                    do throws(VaultError) { return .success(try body(typed)) } catch { return .failure(error) }
                }
            }
            let isWrong = if case .failure(.wrongPassphrase) = outcome { true } else { false }
            let answer = isWrong ? "wrong_passphrase" : "yes"
            audit.after(.answered(Act(.vault(step), for: client).answered(answer, caller: client.caller)))
            switch outcome {
            case .success(let opened): return opened
            case .failure(.wrongPassphrase): return nil
            case .failure(let error): throw Self.backupError(for: error)
            }
        }
    }

    /// A backup with its identities, each of which this version can read.
    private nonisolated static func identities(
        of backup: consuming VaultBackup
    ) throws(VaultError) -> OpenBackup {
        var identities: [IdentityRecord] = []
        for info in backup.records where info.kind == .identity {
            let plaintext = try backup.read(info.id)
            let record = plaintext.withBytes { try? IdentityRecord(decoding: $0) }
            guard let record else { throw .damaged }
            identities.append(record)
        }
        return OpenBackup(backup, identities: identities)
    }

    private static func backupError(for error: VaultError) -> AgentError {
        switch error {
        case .newerVersion: AgentError(.backup, "a newer version of this program made it")
        case .damaged: AgentError(.backup)
        case .tooLarge: AgentError(.backup, "it is too large")
        default: Self.error(for: error)
        }
    }
}
