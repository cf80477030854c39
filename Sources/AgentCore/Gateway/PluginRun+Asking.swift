import AgentProtocol
import EventLoop
import Posix
import SecureMemory

/// What a plugin asks the person.
extension PluginRun {
    /// Answers the plugin: by what the tool brought for the first asking, and by what the person types after that.
    func ask(_ field: FieldDescription, _ helper: Helper) async throws(AgentError) {
        try requireUnlocked()
        let given = field.kind == .secret ? nil : prefilled.removeValue(forKey: field.name)
        if let value = given.flatMap(field.answer(givenBeforehand:)) {
            let text = SecretBytes(copying: unsafe Array(value.utf8).span.bytes)
            return helper.send(secret: PluginAnswer(given: true, value: text))
        }
        guard field.kind == .secret else {
            let subject = QuestionSubject.field(field, plugin: title)
            return helper.send(
                secret: PluginAnswer(given: true, value: try await hosts.prompts.ask(subject, for: client)))
        }
        heardEarly = try await askSecret(field, helper)
    }

    /// Has a secret typed, again each time that the plugin asks for it anew: a terminal stays hidden in between. How often
    /// is the plugin's affair.
    ///
    /// - Returns: what the plugin said then; `.quiet` if it has said nothing yet.
    private func askSecret(_ first: FieldDescription, _ helper: Helper) async throws(AgentError) -> Heard {
        var field = first
        return try await hosts.prompts.askUntil(.max, for: client) { _ in
            (.field(field, plugin: title), ConfirmationTerms())
        } isRight: { typed throws(AgentError) in
            helper.send(secret: PluginAnswer(given: true, value: typed.value))
            let word = await quickWord(helper)
            guard case .ask(let again) = word, again.kind == .secret, again.name == first.name else { return word }
            try requireUnlocked()
            field = again
            return nil
        }
    }

    /// What the plugin says to a secret, but for lines.
    private func quickWord(_ helper: Helper) async -> Heard {
        let end = SteadyClock.milliseconds + PromptDesk.quickWord
        // Where there are windows, nobody else's question waits for a gateway.
        let mayExchange = hosts.prompts.lane(of: client) != .elsewhere
        while true {
            let now = SteadyClock.milliseconds
            let left = end > now ? end - now : 0
            let word = await heard.take(milliseconds: left, ifLate: .quiet, ifCancelled: .cancelled)
            switch word {
            case .line(let line): tell(line)
            case .exchange(let step, let body) where mayExchange: await exchange(step, body, helper)
            default: return word
            }
        }
    }

    /// Asked before each question: the plugin has been at work since the last one, and the agent may be locked since.
    private func requireUnlocked() throws(AgentError) {
        guard !hosts.shield.isLocked else { throw AgentError(.locked) }
    }
}
