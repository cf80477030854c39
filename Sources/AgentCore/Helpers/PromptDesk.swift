import AgentProtocol
import Audit
import Posix
import SecureMemory
import Wire

/// Asks the person, one question at a time; each is asked by a `clave-prompt` process of its own.
///
/// A question ends with the person's word, the deadline, or the asking task's cancellation, which withdraws it.
/// Everything but a given answer is a no.
@CoreActor
final class PromptDesk {
    /// Questions that may wait in line.
    private static let maximumLine = 32
    /// Milliseconds that the prompt may outlive its own deadline before it counts as hung.
    private static let grace: UInt64 = 5000

    private let helpers: HelperDirectory
    private let audit: AuditDesk
    private let turns = TurnQueue()
    private let timeout: UInt64
    private let defaultLocale: String

    /// - Parameters:
    ///   - timeout: seconds until no answer is a no.
    ///   - defaultLocale: for clients that tell none.
    init(helpers: HelperDirectory, audit: AuditDesk, timeout: UInt32, defaultLocale: String) {
        self.helpers = helpers
        self.audit = audit
        self.timeout = UInt64(timeout)
        self.defaultLocale = defaultLocale
    }

    private enum Heard: Sendable {
        case answer(Answer.Outcome, SecretBox, String)
        case ended(HelperEnded)
        case malformed
        case late
        case withdrawn
        /// The asking program has become another one than the question named.
        case changed
    }

    /// Asks, and gives the typed value; for a plain yes it is empty.
    ///
    /// - Parameter identity: with which identity, in words; empty where there is none yet.
    /// - Throws: `.denied`, `.unanswered`, `.noPrompt`, `.helperLost`, `.busy`.
    func ask(
        _ subject: QuestionSubject, for client: ClientConnection, identity: String = "",
        _ terms: ConfirmationTerms = ConfirmationTerms()
    ) async throws(AgentError) -> SecretBytes {
        guard turns.count < Self.maximumLine else { throw AgentError(.busy, "too many questions wait") }
        let value = try await turns.withTurn { () throws(AgentError) in
            try await askInTurn(subject, for: client, identity: identity, terms)
        }
        guard let value else { throw AgentError(.denied, "the asking program went away") }
        return value
    }

    private func askInTurn(
        _ subject: QuestionSubject, for client: ClientConnection, identity: String, _ terms: ConfirmationTerms
    ) async throws(AgentError) -> SecretBytes {
        let question = Question(
            subject: subject, caller: client.caller, identity: identity,
            locale: client.locale.isEmpty ? defaultLocale : client.locale, deadline: WallClock.now + timeout,
            terms: terms)
        let began = SteadyClock.milliseconds
        let value: SecretBytes
        do throws(AgentError) { value = try outcome(of: await show(question, for: client)) } catch {
            audit.note(entry(question, Self.word(for: error), since: began))
            throw error
        }
        // Whether what was typed is right is recorded by whoever finds out.
        let answer = terms.needsPassphrase ? "typed" : "yes"
        try await record(entry(question, answer, since: began), question.subject)
        return value
    }

    // MARK: The record

    /// A PIN, an approval and a signature leave the agent only when the yes to them is on the disk; all else is told only.
    private func record(_ entry: AuditEntry, _ subject: QuestionSubject) async throws(AgentError) {
        switch subject {
        case .showPIN, .approve, .sign: try await audit.record(entry)
        default: audit.note(entry)
        }
    }

    private func entry(_ question: Question, _ answer: String, since began: UInt64) -> AuditEntry {
        AuditEntry(
            question.subject, identity: question.identity, caller: question.caller, answer: answer,
            milliseconds: SteadyClock.milliseconds - began)
    }

    private static func word(for error: AgentError) -> String {
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
        let heard = Promise<Heard>()
        let helper = try await helpers.start(
            .prompt,
            onPayload: { payload in heard.fulfil(Self.decode(payload)) },
            onEnd: { ended in heard.fulfil(.ended(ended)) })
        defer { helpers.stop(helper) }
        // Withdrawn while the process was started: then it shows nothing.
        guard !Task.isCancelled else { return .withdrawn }
        helper.send(question)
        let said = await heard.wait(milliseconds: timeout * 1000 + Self.grace, ifLate: .late, ifCancelled: .withdrawn)
        // The person's word was for the program that the question named.
        if case .answer(.given, _, _) = said, client.hasChanged, !question.caller.hasChanged { return .changed }
        return said
    }

    private static func decode(_ payload: RawSpan) -> Heard {
        guard let answer = try? Answer.decode(payload: payload) else { return .malformed }
        return .answer(answer.outcome, SecretBox(answer.value.copy()), answer.detail)
    }

    private func outcome(of heard: Heard) throws(AgentError) -> SecretBytes {
        switch heard {
        case .answer(.given, let box, _):
            guard let value = box.take() else { throw AgentError(.helperLost) }
            return value
        case .answer(.denied, _, _): throw AgentError(.denied)
        case .answer(.unanswered, _, _), .late: throw AgentError(.unanswered)
        case .answer(.noWay, _, let detail): throw AgentError(.noPrompt, detail)
        case .answer(.failed, _, let detail): throw AgentError(.helperLost, detail)
        case .ended(let ended): throw AgentError(.helperLost, "clave-prompt ended with \(ended.exitCode)")
        case .malformed: throw AgentError(.helperLost, "clave-prompt's answer is not understood")
        case .withdrawn: throw AgentError(.denied, "the asking program went away")
        case .changed: throw AgentError(.expired, "the asking program became another one before the answer")
        }
    }
}
