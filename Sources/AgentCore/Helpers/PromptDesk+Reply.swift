import AgentProtocol
import Posix
import SecureMemory
import Wire

/// What a `clave-prompt` says to a question.
extension PromptDesk {
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

    /// Has a process put the question.
    func reply(
        to question: Question, for client: ClientConnection, in session: PromptSession
    ) async throws(AgentError) -> Reply {
        try Self.outcome(of: await show(question, for: client, in: session))
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

    private func show(
        _ question: Question, for client: ClientConnection, in session: PromptSession
    ) async throws(AgentError) -> PromptSession.Heard {
        let said = try await session.put(
            question, patience: patience(question.subject) * 1000 + Self.grace, staysOpen: question.mayBeFollowed)
        // The person's word was for the program that the question named.
        if case .answer(let outcome, _, _, _) = said, outcome == .given || outcome == .passphrase,
            client.hasChanged, !question.caller.hasChanged
        {
            return .changed
        }
        return said
    }

    private static func outcome(of heard: PromptSession.Heard) throws(AgentError) -> Reply {
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

extension Question {
    /// Whether it is put again if what was typed is not right, or followed by the one that it was typed before.
    fileprivate var mayBeFollowed: Bool {
        switch subject {
        case .unlock, .tokenPIN, .securityKeyPIN: true
        case .field(let field, _) where field.kind == .secret: true
        default: terms.needsPassphrase || standing != .vouched
        }
    }
}
