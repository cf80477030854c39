import AgentProtocol
import EventLoop
import SecureMemory

/// Questions that are put again until what is typed is right.
extension PromptDesk {
    /// Asks, and tells where the answer was typed: whoever finds a passphrase right has ``terminals`` vouched for by it.
    func askTyped(
        _ subject: QuestionSubject, for client: ClientConnection, identity: String = "",
        _ terms: ConfirmationTerms = ConfirmationTerms()
    ) async throws(AgentError) -> Typed {
        try await witness.before(Act(subject, identity: identity, for: client))
        // What is typed is looked at elsewhere, and later.
        let typed = try await askUntil(1, for: client, identity: identity) { _ in
            (subject, terms)
        } isRight: { typed throws(AgentError) in
            TypedBox(typed)
        }
        return try typed.take()
    }

    /// Holds what was typed where a value must be.
    private final class TypedBox {
        private var typed: Typed?

        init(_ typed: consuming Typed) { self.typed = consume typed }

        func take() throws(AgentError) -> Typed {
            guard let typed = typed.take() else { throw AgentError(.helperLost) }
            return typed
        }
    }

    /// Asks until what is typed is right, so many times at most. A terminal stays hidden in between, and the question has its
    /// turn until then.
    ///
    /// - Parameters:
    ///   - question: what is asked, by how many wrong answers there were.
    ///   - isRight: looks at what was typed; nil if it is wrong.
    /// - Throws: `.wrongPassphrase`, what ``ask(_:for:identity:_:)`` throws, and what `isRight` throws.
    func askUntil<Value>(
        _ tries: UInt32, for client: ClientConnection, identity: String = "",
        _ question: @CoreActor (UInt32) -> (QuestionSubject, ConfirmationTerms),
        isRight: @CoreActor (consuming Typed) async throws(AgentError) -> Value?
    ) async throws(AgentError) -> Value {
        for _ in 0...Self.maximumMoves {
            let lane = lane(of: client)
            let value = try await lanes.withTurn(
                in: lane, asker(client), refused: { AgentError($0) }
            ) { () throws(AgentError) -> Value? in
                // It may have left its terminal while it waited.
                guard self.lane(of: client) == lane else { return nil }
                let session = PromptSession(helpers)
                do throws(AgentError) {
                    let value = try await askInTurn(tries, for: client, identity, session, question, isRight)
                    await session.end()
                    return value
                } catch {
                    await session.end()
                    throw error
                }
            }
            if let value { return value }
        }
        throw AgentError(.denied, "the asking program changes its terminal")
    }

    private func askInTurn<Value>(
        _ tries: UInt32, for client: ClientConnection, _ identity: String, _ session: PromptSession,
        _ question: @CoreActor (UInt32) -> (QuestionSubject, ConfirmationTerms),
        _ isRight: @CoreActor (consuming Typed) async throws(AgentError) -> Value?
    ) async throws(AgentError) -> Value {
        for wrong in 0..<tries {
            let (subject, terms) = question(wrong)
            let typed = try await askInTurn(subject, for: client, identity, terms, session)
            if let value = try await isRight(typed) { return value }
        }
        throw AgentError(.wrongPassphrase)
    }
}
