import AgentProtocol
import EventLoop
import SecureMemory

/// A token's signature by a PIN that the person has typed, while it is being made.
@CoreActor
final class PINAttempt {
    private let task: Task<ProviderSigned?, Never>
    /// Fulfilled when the token has said something, or nobody waits for a quick word any more.
    private let early = Promise<Void>()
    private let end = Promise<ProviderSigned?>()
    private var signed: ProviderSigned?

    /// - Parameter sign: gives nil if the agent no longer has the key.
    init(_ sign: @escaping @CoreActor () async -> ProviderSigned?) {
        task = Task { @CoreActor in await sign() }
        Task { @CoreActor in
            signed = await task.value
            end.fulfil(signed)
            early.fulfil(())
        }
    }

    /// Waits for a quick word.
    ///
    /// - Returns: whether the PIN was wrong; false also where nothing is known yet.
    func isWrong(within milliseconds: UInt64) async -> Bool {
        await early.wait(milliseconds: milliseconds, ifLate: (), ifCancelled: ())
        if Task.isCancelled { task.cancel() }
        return signed?.wantsPIN == true
    }

    /// What came of it; nil too if the waiting task is cancelled.
    func outcome() async -> ProviderSigned? {
        let outcome = await end.wait(ifLate: nil, ifCancelled: nil)
        if Task.isCancelled { task.cancel() }
        return outcome
    }
}

extension ProviderSigned {
    /// Whether the token signs only by another PIN than the one that it had.
    var wantsPIN: Bool { outcome == .pinNeeded || outcome == .wrongPIN }
}

extension KeyDesk {
    /// Has the person type a token's PIN until the token takes it.
    ///
    /// - Parameters:
    ///   - tries: PINs that are asked for at most.
    ///   - question: what is asked, by what came of the last PIN; nil for the first.
    ///   - sign: makes the signature; nil if the agent no longer has the key.
    /// - Returns: what the token said; nil if no PIN was right, or nobody typed one.
    func signByPIN(
        _ tries: UInt32, for client: ClientConnection,
        _ question: @CoreActor (ProviderOutcome?) -> QuestionSubject,
        sign: @escaping @CoreActor (SecretBox) async -> ProviderSigned?
    ) async -> ProviderSigned? {
        var last: ProviderOutcome?
        var used: UInt32 = 0
        while used < tries {
            let attempt: PINAttempt
            do throws(AgentError) {
                attempt = try await prompts.askUntil(tries - used, for: client) { _ in
                    (question(last), ConfirmationTerms())
                } isRight: { typed throws(AgentError) in
                    let pin = SecretBox(typed.value)
                    let attempt = PINAttempt { await sign(pin) }
                    used += 1
                    guard await attempt.isWrong(within: PromptDesk.quickWord) else { return attempt }
                    last = await attempt.outcome()?.outcome
                    return nil
                }
            } catch {
                DebugLog.write("a token got no PIN that it takes: \(error)")
                return nil
            }
            let signed = await attempt.outcome()
            guard let signed, signed.wantsPIN else { return signed }
            last = signed.outcome
        }
        DebugLog.write("a token took none of \(used) PINs")
        return nil
    }
}
