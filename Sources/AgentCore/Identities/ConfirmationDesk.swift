import AgentProtocol
import EventLoop
import SecureMemory

/// Asks the person for their word as the identity's policy has it, and keeps the answers that hold for a time.
@CoreActor
final class ConfirmationDesk {
    /// Wrong passphrases for one operation.
    private static let maximumTries: UInt32 = 3

    private struct Memory {
        let answer: RememberedAnswer
        let program: ProgramIdentity
    }

    private let prompts: PromptDesk
    private let vault: VaultKeeper
    private let witness: any Witness
    private var memories: [Memory] = []
    private var lastNumber: UInt32 = 0
    /// How often answers were forgotten: what is agreed to afterwards, to a question from before, is not kept.
    private var forgettings = 0

    init(prompts: PromptDesk, vault: VaultKeeper, witness: any Witness) {
        self.prompts = prompts
        self.vault = vault
        self.witness = witness
    }

    /// Returns once the person has agreed, or has before for as long as this.
    func confirm(
        _ operation: IdentityOperation, _ subject: QuestionSubject, of identity: Identity,
        for client: ClientConnection
    ) async throws(AgentError) {
        switch identity.record.policies[operation] {
        case .passphrase: try await askPassphrase(subject, of: identity, for: client)
        case .remember(let seconds) where Self.mayBeRemembered(subject):
            try await askOnce(operation, subject, of: identity, for: client, seconds)
        case .ask, .remember: _ = try await prompts.ask(subject, for: client, identity: identity.words)
        }
    }

    /// Sets a policy, on the person's word and passphrase.
    func set(
        _ policy: ConfirmationPolicy, for operation: IdentityOperation, of identity: Identity,
        client: ClientConnection, identities: IdentityDirectory
    ) async throws(AgentError) {
        if case .remember = policy, operation == .approve {
            throw AgentError(.invalid, "an approval is asked for each time: its code is to be compared")
        }
        let change = PolicyChange(operation: operation, policy: policy)
        try await askPassphrase(.setPolicy(change), of: identity, for: client)
        try await identities.change(identity) { $0.policies[operation] = policy }
        let identifier = identity.record.identifier
        memories.removeAll { $0.answer.identity == identifier && $0.answer.operation == operation }
    }

    // MARK: Answers that hold

    /// The answers that hold now.
    var remembered: RememberedList {
        memories.removeAll { $0.answer.expiresAt <= WallClock.now }
        return RememberedList(memories.map(\.answer))
    }

    /// Forgets one, or all.
    func forget(_ number: UInt32? = nil) {
        forgettings += 1
        memories.removeAll { number == nil || $0.answer.number == number }
    }

    /// Forgets those of an identity that is gone.
    func forget(of identity: Identifier) {
        forgettings += 1
        memories.removeAll { $0.answer.identity == identity }
    }

    /// Bytes that tell nothing are asked for each time, and whatever a certificate's key signs.
    private static func mayBeRemembered(_ subject: QuestionSubject) -> Bool {
        switch subject {
        case .showPIN: true
        case .sign(let use): use.kind != .opaque && use.certificate.isEmpty
        default: false
        }
    }

    private func askOnce(
        _ operation: IdentityOperation, _ subject: QuestionSubject, of identity: Identity,
        for client: ClientConnection, _ seconds: UInt32
    ) async throws(AgentError) {
        // A program that the kernel can't vouch for is asked about each time.
        guard let program = client.program else {
            _ = try await prompts.ask(subject, for: client, identity: identity.words)
            return
        }
        let identifier = identity.record.identifier
        let isKnown =
            remembered.answers.contains {
                $0.identity == identifier && $0.operation == operation
            }
            && memories.contains {
                $0.program == program && $0.answer.identity == identifier && $0.answer.operation == operation
            }
        if isKnown {
            let act = Act(subject, identity: identity.words, for: client, needsRecord: true)
            return try await witness.before(act.answered("remembered", caller: client.caller))
        }
        let terms = ConfirmationTerms(memory: seconds)
        let before = forgettings
        _ = try await prompts.ask(subject, for: client, identity: identity.words, terms)
        // While the person thought, the process may have become another program, or the policy another, or the agent was
        // locked.
        guard before == forgettings, client.program == program,
            identity.record.policies[operation] == .remember(seconds: seconds),
            memories.count < ProtocolLimits.remembered
        else { return }
        lastNumber += 1
        let answer = RememberedAnswer(
            number: lastNumber, identity: identifier, operation: operation, executable: PathText.escaped(program.path),
            expiresAt: WallClock.now + UInt64(seconds))
        memories.append(Memory(answer: answer, program: program))
    }

    // MARK: The passphrase

    private func askPassphrase(
        _ subject: QuestionSubject, of identity: Identity, for client: ClientConnection
    ) async throws(AgentError) {
        let act = Act(subject, identity: identity.words, for: client, needsRecord: true)
        try await witness.before(act)
        try await prompts.askUntil(Self.maximumTries, for: client, identity: identity.words) { wrong in
            (subject, ConfirmationTerms(needsPassphrase: true, wrongTries: wrong))
        } isRight: { typed throws(AgentError) -> Void? in
            let isRight = try await vault.isPassphrase(typed)
            // Also that it was wrong: guesses go no further than the log can tell.
            try await witness.before(act.answered(isRight ? "yes" : "wrong_passphrase", caller: client.caller))
            return isRight ? () : nil
        }
    }
}
