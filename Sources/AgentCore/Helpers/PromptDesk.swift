import AgentProtocol
import Audit
import Posix
import SSHKeys
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
    /// Of one process, or of all other hosts together.
    private static let maximumPlaces = 8
    /// Wrong passphrases on a terminal for one question.
    private static let maximumTries: UInt32 = 3
    /// Milliseconds that the prompt may outlive its own deadline before it counts as hung.
    private static let grace: UInt64 = 5000

    private let helpers: HelperDirectory
    private let audit: AuditDesk
    private let turns = TurnQueue()
    private var places: [Int32: Int] = [:]
    private let timeout: UInt64
    private let defaultLocale: String
    private let isCalledSSHAgent: Bool
    private let passphrase: KnownPassphrase
    /// Where a yes may be typed.
    let terminals: VouchedTerminals

    /// - Parameter passphrase: by which the person agrees on a terminal that they have not vouched for.
    init(
        helpers: HelperDirectory, audit: AuditDesk, passphrase: KnownPassphrase, _ configuration: CoreConfiguration
    ) {
        self.helpers = helpers
        self.audit = audit
        self.passphrase = passphrase
        timeout = UInt64(configuration.questionTimeout)
        defaultLocale = configuration.locale
        isCalledSSHAgent = configuration.isCalledSSHAgent
        terminals = VouchedTerminals(start: configuration.startTerminal)
    }

    private enum Heard: Sendable {
        case answer(Answer.Outcome, Answer.Place, SecretBox, String)
        case ended(HelperEnded)
        case malformed
        case late
        case withdrawn
        /// The asking program has become another one than the question named.
        case changed
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

    /// Asks, and tells where the answer was typed: whoever finds a passphrase right has ``terminals`` vouched for by it.
    func askTyped(
        _ subject: QuestionSubject, for client: ClientConnection, identity: String = "",
        _ terms: ConfirmationTerms = ConfirmationTerms()
    ) async throws(AgentError) -> Typed {
        guard turns.count < Self.maximumLine, takePlace(client) else {
            throw AgentError(.busy, "too many questions wait")
        }
        let process = Self.asker(client)
        defer { places[process] = places[process].flatMap { $0 > 1 ? $0 - 1 : nil } }
        let typed = try await turns.withTurn { () throws(AgentError) in
            try await askInTurn(subject, for: client, identity: identity, terms)
        }
        guard let typed else { throw AgentError(.denied, "the asking program went away") }
        return typed
    }

    /// Questions that wait or are shown, of each process; those of other hosts together.
    private static func asker(_ client: ClientConnection) -> Int32 { client.trail.isForwarded ? 0 : client.process }

    /// Counts one more; false where a process has too many.
    private func takePlace(_ client: ClientConnection) -> Bool {
        let process = Self.asker(client)
        guard places[process, default: 0] < Self.maximumPlaces else { return false }
        places[process, default: 0] += 1
        return true
    }

    private func askInTurn(
        _ subject: QuestionSubject, for client: ClientConnection, identity: String, _ terms: ConfirmationTerms
    ) async throws(AgentError) -> Typed {
        var wrongTries: UInt32 = 0
        while wrongTries < Self.maximumTries {
            let candidate = terminals.candidate(client.terminal)
            let question = Question(
                subject: subject, caller: client.caller, identity: identity,
                locale: client.locale.isEmpty ? defaultLocale : client.locale, deadline: WallClock.now + timeout,
                terms: terms, standing: standing(candidate, wrongTries), isForSSHAgent: isCalledSSHAgent)
            switch try await put(question, candidate, client) {
            case .typed(let typed): return typed
            case .wrongPassphrase: wrongTries += 1
            case .vouched: continue
            }
        }
        throw AgentError(.wrongPassphrase)
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
        _ question: Question, _ candidate: VouchedTerminals.Candidate?, _ client: ClientConnection
    ) async throws(AgentError) -> Result {
        let began = SteadyClock.milliseconds
        let reply: Reply
        do throws(AgentError) {
            reply = try outcome(of: await show(question, for: client))
            try requireSame(reply, candidate, client, question)
        } catch {
            audit.note(entry(question, Self.word(for: error), since: began))
            throw error
        }
        guard reply.isPassphrase else {
            // Whether what was typed is right is recorded by whoever finds out.
            let answer = question.terms.needsPassphrase ? "typed" : "yes"
            try await record(entry(question, answer, since: began), question.subject)
            let isTyped = reply.place == .terminal
            return .typed(
                Typed(
                    value: try reply.take(), terminal: isTyped ? candidate : nil,
                    isTrusted: !isTyped || candidate.map(terminals.isVouched) == true))
        }
        guard try await passphrase.accepts(reply.value) else {
            audit.note(entry(question, "wrong_passphrase", since: began))
            return .wrongPassphrase
        }
        terminals.vouch(candidate)
        guard question.asksForYes else { return .vouched }
        try await record(entry(question, "yes", since: began), question.subject)
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

    /// What was typed.
    private struct Reply {
        let place: Answer.Place
        let value: SecretBox
        /// Whether it is the passphrase in the place of the answer.
        let isPassphrase: Bool

        func take() throws(AgentError) -> SecretBytes {
            guard let value = value.take() else { throw AgentError(.helperLost) }
            return value
        }
    }

    private func outcome(of heard: Heard) throws(AgentError) -> Reply {
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
