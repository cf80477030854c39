import AgentProtocol
import EventLoop
import SecureMemory
import Vault

/// What this agent knows the vault's passphrase by: what the file said when the agent was started, and since then what the
/// person has changed through this agent.
///
/// The vault's file is the person's, so that any program of theirs can put another in its place, with a passphrase of its
/// own. Such a passphrase opens what is in that file, and is no yes of the person's. The same program can kill the core: so
/// only an agent's first core reads the file. Those after it are told by the supervisor what the ones before knew.
@CoreActor
final class KnownPassphrase {
    /// Nil until there is a vault.
    private(set) var proof: PassphraseProof? {
        didSet { if proof != oldValue { tell(proof?.encoded ?? []) } }
    }
    /// The vault's: one passphrase is derived at a time.
    private let turns: TurnQueue
    /// Has the supervisor keep it for the next core.
    private let tell: @CoreActor ([UInt8]) -> Void

    /// - Parameters:
    ///   - told: what an earlier core of this agent knew, empty for nothing; nil in the first one.
    ///   - folder: the vault's.
    ///   - turns: of those who do anything with the vault.
    ///   - tell: called with what is known, now and whenever that changes.
    init(told: [UInt8]?, folder: String, turns: TurnQueue, tell: @escaping @CoreActor ([UInt8]) -> Void) {
        self.turns = turns
        self.tell = tell
        if let told {
            proof = told.isEmpty ? nil : try? PassphraseProof(decoding: told)
        } else {
            proof = try? Vault.passphraseProof(in: folder)
        }
        tell(proof?.encoded ?? [])
    }

    /// Takes what the person has chosen, or opened where they alone answer.
    func learn(_ proof: PassphraseProof) {
        self.proof = proof
    }

    /// Takes what has become of the one that is known; of another, nothing is learned.
    func follow(from former: PassphraseProof, to proof: PassphraseProof) {
        if self.proof == former { self.proof = proof }
    }

    /// Whether a passphrase is the vault's; as slow as opening it, and in the vault's turn.
    func accepts(_ typed: SecretBox) async throws(AgentError) -> Bool {
        guard let isRight = try await turns.withTurn({ () throws(AgentError) in try await acceptsInTurn(typed) }) else {
            throw AgentError(.denied, "the asking program went away")
        }
        return isRight
    }

    private func acceptsInTurn(_ typed: SecretBox) async throws(AgentError) -> Bool {
        guard let proof else { return false }
        let outcome = await WorkerPool.shared.run { () -> Result<Bool, VaultError> in
            guard let typed = typed.take() else { return .success(false) }
            do throws(VaultError) { return .success(try proof.accepts(typed)) } catch { return .failure(error) }
        }
        do throws(VaultError) { return try outcome.get() } catch { throw VaultKeeper.error(for: error) }
    }
}
