import AgentProtocol
import Audit
import EventLoop
import Glibc
import Posix
import SecureMemory
import Vault

/// The vault, opened by the person's word; everything slow about it happens on a worker.
///
/// The vault's turn is for the work alone. Only the desktop's keyring may ask something in it; all other questions are put
/// outside, so that one which nobody answers keeps no one from the vault. So what was asked for may have changed by the
/// answer, and is looked at again in the turn.
@CoreActor
final class VaultKeeper {
    /// Wrong passphrases in one unlocking.
    static let maximumTries: UInt32 = 3
    /// Fewest bytes of a new passphrase.
    static let minimumPassphrase = 8

    /// An open vault on its way between the loop and a worker; one holds it at a time.
    final class Box: @unchecked Sendable {
        var vault: Vault
        init(_ vault: consuming Vault) { self.vault = vault }
    }

    let folder: String
    let passphrase: KnownPassphrase
    let prompts: PromptDesk
    let keyrings: KeyringDesk
    let audit: AuditDesk
    let strength: DerivationStrength
    let shield: Shield
    private let turns: TurnQueue
    let effects: Effects
    private(set) var open: Box?
    /// How often it has been locked: what was begun before does not open it again, nor does the keyring.
    private(set) var lockings = 0
    /// The questions by which it is to be opened.
    var openings: [QuestionCircle: VaultOpening] = [:]
    /// The keyring's word, while it is looked for.
    var lookingUp: Task<KeyringOpening, Never>?
    /// The log's end that the open vault remembers; nil where it was not written since the opening.
    var keptLogEnd: AuditHead?
    var logTimer: EventLoop.TimerToken?
    /// The part of a file that a client has handed over; one client's at a time, so that many fill no memory.
    var handedOver: HandedOver?

    /// - Parameter turns: of those who do anything with the vault.
    init(
        folder: String, turns: TurnQueue, passphrase: KnownPassphrase, prompts: PromptDesk, keyrings: KeyringDesk,
        audit: AuditDesk, strength: DerivationStrength, shield: Shield, effects: Effects
    ) {
        self.shield = shield
        self.turns = turns
        self.effects = effects
        self.folder = folder
        self.passphrase = passphrase
        self.prompts = prompts
        self.keyrings = keyrings
        self.audit = audit
        self.strength = strength
    }

    /// How the vault is.
    var state: AgentStatus.VaultState {
        if open != nil { return .open }
        return Vault.exists(in: folder) ? .locked : .none
    }

    /// Forgets the vault's key; what is not in memory comes back with the passphrase only, not by the keyring. Terminals
    /// are to be vouched for anew.
    func lock() {
        lockings += 1
        open = nil
        prompts.terminals.forget()
        stopKeepingLogEnd()
        lookingUp = nil
        finishOpenings(.failure(AgentError(.denied, Self.lockedMeanwhile)))
    }

    /// Seals a record into the vault; it is on the disk when this returns.
    func put(_ record: IdentityRecord) async throws(AgentError) {
        let name = RecordID(bytes: record.identifier.bytes)!
        try await change { vault throws(VaultError) in
            try vault.put(name, kind: .identity, record.encoded())
        }
    }

    /// Seals the record that `make` gives once it is this one's turn.
    func put(_ make: @CoreActor () throws(AgentError) -> IdentityRecord) async throws(AgentError) {
        try await withTurn { () throws(AgentError) in
            guard let box = open else { throw AgentError(.noIdentity) }
            let record = try make()
            let name = RecordID(bytes: record.identifier.bytes)!
            try await onWorker { () throws(VaultError) in try box.vault.put(name, kind: .identity, record.encoded()) }
        }
    }

    /// Takes a record out of the vault.
    func remove(_ identifier: Identifier) async throws(AgentError) {
        let name = RecordID(bytes: identifier.bytes)!
        try await change { vault throws(VaultError) in try vault.remove(name) }
    }

    /// Whether a typed passphrase is the vault's; as slow as opening it. The right one vouches for its terminal.
    func isPassphrase(_ typed: consuming PromptDesk.Typed) async throws(AgentError) -> Bool {
        let terminal = typed.terminal
        let passphrase = SecretBox(typed.value)
        return try await withTurn { () throws(AgentError) in try await isRight(passphrase, from: terminal) }
    }

    /// What is known of the vault, open or not.
    func describe() async throws(AgentError) -> VaultInfo {
        let folder = folder
        let found = try await onWorker { () throws(VaultError) in try Vault.describe(in: folder) }
        return VaultInfo(found, isOpen: open != nil)
    }

    // MARK: Steps

    static let lockedMeanwhile = "the agent was told to forget all keys meanwhile"

    /// Runs `body` while nothing else is done with the vault; only the desktop's keyring may ask something in it.
    func withTurn<Value>(
        _ body: @CoreActor () async throws(AgentError) -> Value
    ) async throws(AgentError) -> Value {
        defer { if open != nil { finishOpenings(.success(())) } }
        guard let value = try await turns.withTurn(body) else {
            throw AgentError(.denied, "the asking program went away")
        }
        return value
    }

    /// What is slow, on a worker; the vault's errors become the protocol's.
    func onWorker<Value: Sendable>(
        _ work: @escaping @Sendable () throws(VaultError) -> Value
    ) async throws(AgentError) -> Value {
        let outcome = await WorkerPool.shared.run { () -> Result<Value, VaultError> in
            do throws(VaultError) { return .success(try work()) } catch { return .failure(error) }
        }
        do throws(VaultError) { return try outcome.get() } catch { throw Self.error(for: error) }
    }

    /// Whether a passphrase is that of the open vault; the right one vouches for the terminal on which it was typed.
    func isRight(
        _ typed: SecretBox, from terminal: VouchedTerminals.Candidate?
    ) async throws(AgentError) -> Bool {
        guard let box = open else { throw AgentError(.locked, "the vault was locked meanwhile") }
        let proof = try await onWorker { () throws(VaultError) -> PassphraseProof? in
            guard let typed = typed.take(), try box.vault.isPassphrase(typed) else { return nil }
            return box.vault.passphraseProof
        }
        guard let proof else { return false }
        if proof == passphrase.proof { prompts.terminals.vouch(terminal) }
        return true
    }

    /// Takes a vault that a worker has opened by what was typed at a place.
    func adopt(_ opened: Opened, typedAt place: TypedPlace, begunAt lockings: Int) throws(AgentError) {
        // Another file may have been put in the vault's place, whose passphrase a stranger knows: what the person adds to it
        // would be theirs.
        guard place.isTrusted || opened.openedBy == passphrase.proof else {
            throw AgentError(.denied, "this is not the vault that the agent knows: open it where the agent was started")
        }
        try adopt(opened, begunAt: lockings)
        if place.isTrusted { learn(opened) }
        passphrase.follow(from: opened.openedBy, to: opened.proof)
        if opened.proof == passphrase.proof { prompts.terminals.vouch(place.terminal) }
    }

    /// Takes the passphrase of a vault that the person has opened or chosen for the known one. By that of another vault
    /// nobody has vouched for a terminal.
    func learn(_ opened: Opened) {
        if let known = passphrase.proof, known != opened.openedBy, known != opened.proof { prompts.terminals.forget() }
        passphrase.learn(opened.proof)
    }

    /// Where a passphrase was typed.
    struct TypedPlace {
        let terminal: VouchedTerminals.Candidate?
        let isTrusted: Bool

        init(_ typed: borrowing PromptDesk.Typed) {
            terminal = typed.terminal
            isTrusted = typed.isTrusted
        }
    }

    /// Takes a vault that a worker has opened.
    func adopt(_ opened: Opened, begunAt lockings: Int) throws(AgentError) {
        guard lockings == self.lockings else {
            throw AgentError(.denied, Self.lockedMeanwhile)
        }
        open = opened.box
        keptLogEnd = nil
        effects.vaultWasOpened(opened.records)
    }

    private func change(
        _ body: @escaping @Sendable (inout Vault) throws(VaultError) -> Void
    ) async throws(AgentError) {
        try await withTurn { () throws(AgentError) in
            guard let box = open else { throw AgentError(.noIdentity) }
            try await onWorker { () throws(VaultError) in try body(&box.vault) }
        }
    }

    static func error(for error: VaultError) -> AgentError {
        switch error {
        case .wrongPassphrase: AgentError(.wrongPassphrase)
        case .noSpace: AgentError(.noSpace)
        case .lockedByAnother(let process): AgentError(.vaultInUse, process.map { "process \($0)" } ?? "")
        case .unsafePermissions:
            AgentError(.vaultPermissions, "others can write it: chmod 700 the folder, chmod 600 the file")
        case .foreignOwner:
            AgentError(.vaultPermissions, "another user owns it: chown it to you, or move it away")
        case .notPlain:
            AgentError(.vaultPermissions, "something else is where the vault's folder or file should be: move it away")
        case .system(let system): AgentError(system.number == EROFS ? .readOnly : .system, system.description)
        case .missing: AgentError(.noIdentity, "nothing is activated yet")
        case .newerVersion: AgentError(.vaultDamaged, "a newer version of this program made it")
        case .noMemory: AgentError(.system, "there is not enough memory to derive the key")
        case .tooLarge: AgentError(.vaultDamaged, "it holds too much")
        case .lastSlot: AgentError(.invalid, "a vault keeps its passphrase")
        case .unknownSlot: AgentError(.invalid, "a newer version of this program has added another way to open it")
        case .damaged, .exists: AgentError(.vaultDamaged, "\(error)")
        }
    }
}

extension VaultInfo {
    fileprivate init(_ found: VaultDescription, isOpen: Bool) {
        self.init(
            path: found.path, version: found.version, isOpen: isOpen, records: UInt32(found.recordCount),
            slots: found.slots.map {
                Slot(kind: $0.kind, operations: $0.derivation?.operations ?? 0, memory: $0.derivation?.memory ?? 0)
            })
    }
}
