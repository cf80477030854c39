import AgentProtocol

/// Who waits for the vault, and who is asked.
extension VaultKeeper {
    /// Opens the vault: by the keyring, or else asking the person.
    ///
    /// - Throws: `.noIdentity` where there is no vault yet, `.locked` while the agent is, `.wrongPassphrase`, what the
    ///   prompt throws, and what the vault throws.
    func openExisting(for client: ClientConnection) async throws(AgentError) {
        if state == .none { throw AgentError(.noIdentity, "nothing is activated yet") }
        try await openOrCreate(for: client)
    }

    /// Opens the vault, or makes it with a passphrase that the person chooses. All who wait for that on one terminal, or in
    /// one session where there are windows, are answered by one question.
    ///
    /// A locked agent asks nobody for it. Whoever calls this may have waited since the request was looked at, for a gateway, a
    /// plugin or the person.
    func openOrCreate(for client: ClientConnection) async throws(AgentError) {
        try requireUnlocked()
        guard open == nil else { return }
        let circle = prompts.circle(of: client)
        try await (openings[circle] ?? opening(of: circle)).join(client)
        // It may have been locked while the person was asked.
        try requireUnlocked()
    }

    private func requireUnlocked() throws(AgentError) {
        guard !shield.isLocked else { throw AgentError(.locked) }
    }

    private func opening(of circle: QuestionCircle) -> VaultOpening {
        let opening = VaultOpening { [weak self] client in
            guard let self else { return .refused(AgentError(.denied)) }
            return await self.ask(for: client, in: circle)
        } onOver: { [weak self] opening in
            if self?.openings[circle] === opening { self?.openings[circle] = nil }
        }
        openings[circle] = opening
        return opening
    }

    private func ask(for client: ClientConnection, in circle: QuestionCircle) async -> VaultOpening.End {
        do throws(AgentError) {
            switch state {
            case .open: break
            case .locked: try await unlock(for: client)
            case .none: try await create(for: client)
            }
            return .opened
        } catch {
            let isOwn = error.code == .busy || error.code == .expired || prompts.circle(of: client) != circle
            return isOwn ? .askersOwn(error) : .refused(error)
        }
    }

    /// Answers all who wait for the vault.
    func finishOpenings(_ result: Result<Void, AgentError>) {
        for opening in openings.values { opening.finish(result) }
    }
}
