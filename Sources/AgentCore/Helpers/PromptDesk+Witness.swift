import AgentProtocol

extension PromptDesk: Witness {
    /// Asks the person; everything but their yes refuses.
    func before(_ act: Act) async throws(AgentError) {
        guard act.answer == nil else { return }
        _ = try await ask(act.subject, for: act.client, identity: act.identity)
    }

    /// The person is told by whoever asked.
    func after(_ event: WitnessedEvent) {}
}
