import AgentProtocol
import Posix
import SecureMemory
import Wire

/// What a `clave-prompt` says to a question.
extension PromptDesk {
    private enum Heard: Sendable {
        case answer(Answer.Outcome, Answer.Place, SecretBox, String)
        case ended(HelperEnded)
        case malformed
        case late
        case withdrawn
        /// The asking program has become another one than the question named.
        case changed
    }

    /// What was typed.
    struct Reply {
        let place: Answer.Place
        let value: SecretBox
        /// Whether it is the passphrase in the place of the answer.
        let isPassphrase: Bool

        func take() throws(AgentError) -> SecretBytes {
            guard let value = value.take() else { throw AgentError(.helperLost) }
            return value
        }
    }

    /// Has a process put the question, and ends it.
    func reply(to question: Question, for client: ClientConnection) async throws(AgentError) -> Reply {
        try Self.outcome(of: await show(question, for: client))
    }

    /// The log's word for an answer that is none.
    static func word(for error: AgentError) -> String {
        if Task.isCancelled { return "withdrawn" }
        return switch error.code {
        case .denied: "no"
        case .unanswered: "timeout"
        case .noPrompt: "no_prompt"
        case .expired: "changed"
        default: "helper_lost"
        }
    }

    private func show(_ question: Question, for client: ClientConnection) async throws(AgentError) -> Heard {
        let (heard, gone) = (Promise<Heard>(), Promise<Void>())
        let helper = try await helpers.start(
            .prompt,
            onPayload: { payload in heard.fulfil(Self.decode(payload)) },
            onEnd: { ended in
                heard.fulfil(.ended(ended))
                gone.fulfil(())
            })
        // Withdrawn while the process was started: then it shows nothing.
        if Task.isCancelled { heard.fulfil(.withdrawn) } else { helper.send(question) }
        let patience = patience(question.subject) * 1000 + Self.grace
        let said = await heard.wait(milliseconds: patience, ifLate: .late, ifCancelled: .withdrawn)
        helpers.stop(helper)
        // Until then it may have the terminal, or a window, in its hands.
        await gone.waitThrough(milliseconds: Self.farewell, ifLate: ())
        // The person's word was for the program that the question named.
        if case .answer(let outcome, _, _, _) = said, outcome == .given || outcome == .passphrase,
            client.hasChanged, !question.caller.hasChanged
        {
            return .changed
        }
        return said
    }

    private static func decode(_ payload: RawSpan) -> Heard {
        guard let answer = try? Answer.decode(payload: payload) else { return .malformed }
        return .answer(answer.outcome, answer.place, SecretBox(answer.value.copy()), answer.detail)
    }

    private static func outcome(of heard: Heard) throws(AgentError) -> Reply {
        switch heard {
        case .answer(.given, let place, let box, _): return Reply(place: place, value: box, isPassphrase: false)
        case .answer(.passphrase, let place, let box, _): return Reply(place: place, value: box, isPassphrase: true)
        case .answer(.denied, _, _, _): throw AgentError(.denied)
        case .answer(.unanswered, _, _, _), .late: throw AgentError(.unanswered)
        case .answer(.noWay, _, _, let detail): throw AgentError(.noPrompt, detail)
        case .answer(.failed, _, _, let detail): throw AgentError(.helperLost, detail)
        case .ended(let ended): throw AgentError(.helperLost, "clave-prompt ended with \(ended.exitCode)")
        case .malformed: throw AgentError(.helperLost, "clave-prompt's answer is not understood")
        case .withdrawn: throw AgentError(.denied, "the asking program went away")
        case .changed: throw AgentError(.expired, "the asking program became another one before the answer")
        }
    }
}
