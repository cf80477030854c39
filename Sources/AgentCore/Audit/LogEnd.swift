import AgentProtocol
import Audit
import EventLoop
import SecureMemory
import Vault
import Wire

/// The vault's record of the audit log's end, in the form of `contrib/doc/VAULT.md`.
enum LogEnd {
    private static let version: UInt32 = 1
    /// Hexadecimal digits of a hash.
    private static let hashLength = 64
    /// The one record of its kind has always this name.
    static let name = RecordID(bytes: Array("audit log's end.".utf8))!

    /// The record's bytes.
    static func encoded(_ end: AuditHead) -> SecretBytes {
        var writer = SecretWriter()
        writer.put(version)
        writer.put(end.sequence)
        writer.put(end.hash)
        return writer.finish()
    }

    /// What the record says; nil for a later version's, which this one does not compare.
    static func decode(_ bytes: RawSpan) -> AuditHead? {
        try? WireReader.read(bytes) { (reader) throws(WireError) in
            guard try reader.uint32() == Self.version else { throw .malformed }
            let sequence = try reader.uint64()
            let hash = try reader.text(limit: Self.hashLength)
            guard sequence > 0, hash.utf8.count == Self.hashLength else { throw .malformed }
            return AuditHead(sequence: sequence, hash: hash)
        }
    }
}

extension VaultKeeper {
    /// Milliseconds from a record to the keeping of all that has come by then: each keeping writes the whole vault.
    private static let pause: UInt64 = 60_000

    /// Compares the log with the end that the vault remembers, which has just been opened, and has it remember the end
    /// that there is now. In the vault's turn; nothing that fails here keeps the vault closed.
    func settleLogEnd(_ remembered: AuditHead?) async {
        await audit.settle(remembered)
        await writeLogEnd()
    }

    /// Called when the log has grown: the open vault is to remember its end, after a while.
    func logHasGrown() {
        guard open != nil, logTimer == nil, audit.head != keptLogEnd else { return }
        logTimer = EventLoop.shared.after(milliseconds: Self.pause) { [weak self] in
            CoreActor.assumeIsolated {
                guard let self else { return }
                self.logTimer = nil
                Task { @CoreActor in
                    try? await self.withTurn { () throws(AgentError) in await self.writeLogEnd() }
                }
            }
        }
    }

    /// Forgets what was to be kept: the vault is locked.
    func stopKeepingLogEnd() {
        EventLoop.shared.cancel(logTimer)
        logTimer = nil
        keptLogEnd = nil
    }

    /// Seals the log's end into the open vault. A full disk costs the comparison alone.
    private func writeLogEnd() async {
        let end = audit.head
        guard let box = open, end != .none, end != keptLogEnd else { return }
        // A failure is tried again once the log has grown.
        keptLogEnd = end
        do throws(AgentError) {
            try await onWorker { () throws(VaultError) in
                try box.vault.put(LogEnd.name, kind: .logEnd, LogEnd.encoded(end))
            }
        } catch {
            DebugLog.write("the vault does not remember the log's end: \(error.code) \(error.detail)")
        }
    }
}
