import AgentProtocol
import EventLoop
import Posix
import SSHKeys
import SecureMemory
import Wire

/// Asks the person, one question at a time in each lane (``QuestionLane``); each is asked by a `clave-prompt` process of its
/// own, and the next one when that process is gone.
///
/// A question ends with the person's word, the deadline, or the asking task's cancellation, which withdraws it.
/// Everything but a given answer is a no.
@CoreActor
final class PromptDesk {
    /// How often an asking program may change its terminal while it waits.
    static let maximumMoves = 3
    /// Wrong passphrases on a terminal for one question.
    private static let maximumTries: UInt32 = 3
    /// Milliseconds that the prompt may outlive its own deadline before it counts as hung.
    static let grace: UInt64 = 5000
    /// Milliseconds in which whoever checks a typed secret says that it is wrong. After that they are at work by it, or wait to
    /// be touched: no terminal is kept hidden by that, and no other question held up.
    static let quickWord: UInt64 = 5000

    let helpers: HelperDirectory
    /// Who may refuse a question or what follows a yes, and is told of all answers.
    let witness: any Witness
    let lanes = PromptDesk.makeLanes()
    /// Whether there may be a way to ask that is no terminal.
    let asksElsewhere: Bool
    let timeout: UInt64
    private let defaultLocale: String
    private let isCalledSSHAgent: Bool
    private let passphrase: KnownPassphrase
    /// Where a yes may be typed.
    let terminals: VouchedTerminals

    /// - Parameter passphrase: by which the person agrees on a terminal that they have not vouched for.
    init(
        helpers: HelperDirectory, witness: any Witness, passphrase: KnownPassphrase, _ configuration: CoreConfiguration
    ) {
        self.helpers = helpers
        self.witness = witness
        self.passphrase = passphrase
        asksElsewhere = configuration.asksElsewhere
        timeout = UInt64(configuration.questionTimeout)
        defaultLocale = configuration.locale
        isCalledSSHAgent = configuration.isCalledSSHAgent
        terminals = VouchedTerminals(start: configuration.startTerminal)
    }

    /// What was typed, and where.
    struct Typed: ~Copyable {
        let value: SecretBytes
        /// The terminal on which it was; nil for a window, a program of the person's, and a terminal that can't be told
        /// from others.
        let terminal: VouchedTerminals.Candidate?
        /// Whether nobody but the person answers there.
        let isTrusted: Bool
    }

    /// Asks, and gives the typed value; for a plain yes it is empty.
    ///
    /// - Parameter identity: with which identity, in words; empty where there is none yet.
    /// - Throws: `.denied`, `.unanswered`, `.noPrompt`, `.helperLost`, `.busy`, `.wrongPassphrase`.
    func ask(
        _ subject: QuestionSubject, for client: ClientConnection, identity: String = "",
        _ terms: ConfirmationTerms = ConfirmationTerms()
    ) async throws(AgentError) -> SecretBytes {
        try await askTyped(subject, for: client, identity: identity, terms).value
    }

    /// Puts one question in its turn, after the vault's passphrase where the terminal wants that.
    func askInTurn(
        _ subject: QuestionSubject, for client: ClientConnection, _ identity: String, _ terms: ConfirmationTerms,
        _ session: PromptSession
    ) async throws(AgentError) -> Typed {
        var wrongTries: UInt32 = 0
        while wrongTries < Self.maximumTries {
            let candidate = terminals.candidate(client.terminal)
            let question = Question(
                subject: subject, caller: client.caller, identity: identity,
                locale: client.locale.isEmpty ? defaultLocale : client.locale,
                deadline: WallClock.now + patience(subject),
                terms: terms, standing: standing(candidate, wrongTries), isForSSHAgent: isCalledSSHAgent)
            switch try await put(question, candidate, client, session) {
            case .typed(let typed): return typed
            case .wrongPassphrase: wrongTries += 1
            case .vouched: continue
            }
        }
        throw AgentError(.wrongPassphrase)
    }

    /// Seconds that the person has: at least as long as for any question, and as long as a code lives that is on its way.
    func patience(_ subject: QuestionSubject) -> UInt64 {
        guard case .field(let field, _) = subject else { return timeout }
        return max(timeout, UInt64(field.patience))
    }

    /// What putting a question has come to.
    private enum Result: ~Copyable {
        case typed(Typed)
        /// Instead of the answer, a passphrase was typed that is not the vault's.
        case wrongPassphrase
        /// It was the vault's, and the question is now to be put there.
        case vouched
    }

    private func put(
        _ question: Question, _ candidate: VouchedTerminals.Candidate?, _ client: ClientConnection,
        _ session: PromptSession
    ) async throws(AgentError) -> Result {
        let began = SteadyClock.milliseconds
        let reply: Reply
        do throws(AgentError) {
            reply = try await self.reply(to: question, for: client, in: session)
            try requireSame(reply, candidate, client, question)
        } catch {
            witness.after(.answered(act(question, client, Self.word(for: error), since: began)))
            throw error
        }
        guard reply.isPassphrase else {
            // Whether what was typed is right is recorded by whoever finds out.
            let answer = question.terms.needsPassphrase ? "typed" : "yes"
            try await witness.before(act(question, client, answer, since: began))
            let isTyped = reply.place == .terminal
            return .typed(
                Typed(
                    value: try reply.take(), terminal: isTyped ? candidate : nil,
                    isTrusted: !isTyped || candidate.map(terminals.isVouched) == true))
        }
        guard try await passphrase.accepts(reply.value) else {
            witness.after(.answered(act(question, client, "wrong_passphrase", since: began)))
            return .wrongPassphrase
        }
        terminals.vouch(candidate)
        guard question.asksForYes else { return .vouched }
        try await witness.before(act(question, client, "yes", since: began))
        return .typed(Typed(value: SecretBytes(zeros: 0), terminal: candidate, isTrusted: true))
    }

    // MARK: The terminal

    private func standing(_ candidate: VouchedTerminals.Candidate?, _ wrongTries: UInt32) -> TerminalStanding {
        if let candidate, terminals.isVouched(candidate) { return .vouched }
        // Without a candidate it could be any terminal: nothing typed there would vouch for it.
        return candidate != nil && passphrase.proof != nil ? .unknown(wrongTries: wrongTries) : .unusable
    }

    /// What was answered on the terminal counts only if that is what it was when the question was put, and if the person
    /// had vouched for it then and has until now, but for what nobody else could have typed.
    private func requireSame(
        _ reply: Reply, _ candidate: VouchedTerminals.Candidate?, _ client: ClientConnection, _ question: Question
    ) throws(AgentError) {
        guard reply.place == .terminal else {
            guard !reply.isPassphrase else { throw AgentError(.helperLost, "clave-prompt's answer is not understood") }
            return
        }
        guard reply.isPassphrase || question.asksForSecret || candidate.map(terminals.isVouched) == true else {
            throw AgentError(.denied, "the person has not vouched for the terminal")
        }
        if question.asksForSecret, candidate == nil { return }
        guard let candidate, candidate.place.isThere, client.terminal == candidate.place.identity else {
            throw AgentError(.denied, "the terminal is no longer the asking program's")
        }
    }

    /// What the question is about, with its answer.
    private func act(
        _ question: Question, _ client: ClientConnection, _ answer: String, since began: UInt64
    ) -> Act {
        Act(question.subject, identity: question.identity, for: client)
            .answered(answer, caller: question.caller, milliseconds: SteadyClock.milliseconds - began)
    }
}
