import AgentProtocol
import EventLoop
import SecureMemory
import Wire

/// A `clave-prompt` process, as long as it is of use for one request: most often for one question.
///
/// After a secret that was typed on a terminal it lives on, and keeps the terminal hidden, until it is known whether that was
/// right. Whoever has asked ends it, and waits for that, before anything else is done with the terminal: the asking program
/// must not find it hidden.
@CoreActor
final class PromptSession {
    /// Milliseconds that a prompt which was told to end may take; the supervisor kills it before.
    private static let farewell: UInt64 = 5000

    /// What became of a question.
    enum Heard: Sendable {
        case answer(Answer.Outcome, Answer.Place, SecretBox, String)
        case ended(HelperEnded)
        case malformed
        case late
        case withdrawn
        /// The asking program has become another one than the question named.
        case changed
    }

    private let helpers: HelperDirectory
    private var running: (helper: Helper, gone: Promise<Void>)?
    /// What comes of the question that is put now; of a process that ends before it is put, that it has.
    private var heard = Promise<Heard>()
    private var ended: HelperEnded?

    init(_ helpers: HelperDirectory) { self.helpers = helpers }

    /// Puts a question, by the process that has put the last one if that is still there.
    ///
    /// - Parameters:
    ///   - patience: milliseconds after which the process counts as hung.
    ///   - staysOpen: whether another may follow if this one is answered by a secret on a terminal.
    func put(_ question: Question, patience: UInt64, staysOpen: Bool) async throws(AgentError) -> Heard {
        if let kept = running {
            heard = Promise<Heard>()
            // What came before the question was no answer to it.
            if let ended { heard.fulfil(.ended(ended)) }
            let said = await ask(kept.helper, question, patience)
            guard case .ended = said else { return await settle(said, staysOpen) }
            // It had not kept the terminal.
            await end()
        }
        return await settle(await ask(try await start(), question, patience), staysOpen)
    }

    /// Ends the process, and waits until it has: until then it may have the terminal, or a window, in its hands.
    func end() async {
        guard let running else { return }
        self.running = nil
        helpers.stop(running.helper)
        await running.gone.waitThrough(milliseconds: Self.farewell, ifLate: ())
    }

    private func start() async throws(AgentError) -> Helper {
        let gone = Promise<Void>()
        // It may end, or say something, before it has been asked.
        heard = Promise<Heard>()
        ended = nil
        let helper = try await helpers.start(
            .prompt,
            onPayload: { [weak self] payload in self?.heard.fulfil(Self.decode(payload)) },
            onEnd: { [weak self] ended in
                self?.ended = ended
                self?.heard.fulfil(.ended(ended))
                gone.fulfil(())
            })
        running = (helper, gone)
        return helper
    }

    private func ask(_ helper: Helper, _ question: Question, _ patience: UInt64) async -> Heard {
        // Withdrawn while the process was started: then it shows nothing.
        guard !Task.isCancelled else { return .withdrawn }
        helper.send(question)
        return await heard.wait(milliseconds: patience, ifLate: .late, ifCancelled: .withdrawn)
    }

    private func settle(_ said: Heard, _ staysOpen: Bool) async -> Heard {
        if staysOpen, case .answer(let outcome, .terminal, _, _) = said, outcome == .given || outcome == .passphrase {
            return said
        }
        await end()
        return said
    }

    private static func decode(_ payload: RawSpan) -> Heard {
        guard let answer = try? Answer.decode(payload: payload) else { return .malformed }
        return .answer(answer.outcome, answer.place, SecretBox(answer.value.copy()), answer.detail)
    }
}
