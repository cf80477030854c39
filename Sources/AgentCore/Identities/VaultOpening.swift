import AgentProtocol
import EventLoop

/// One question by which the vault is to be opened, or made, for all clients of one circle (``QuestionCircle``).
///
/// It is put in the name of the client that has waited longest, and put anew in the next one's if that client goes away.
/// What the person answers is the answer to all of them. Where the vault is opened otherwise meanwhile, the question is
/// withdrawn, and they go on.
@CoreActor
final class VaultOpening {
    /// How a question ended.
    enum End: Sendable {
        case opened
        /// The person's no, or what comes to the same for all who wait.
        case refused(AgentError)
        /// What is this asker's alone.
        case askersOwn(AgentError)
    }

    @CoreActor
    private final class Member {
        let client: ClientConnection
        let end = Promise<Result<Void, AgentError>>()

        init(_ client: ClientConnection) { self.client = client }
    }

    private let ask: @CoreActor (ClientConnection) async -> End
    /// Called once, when nobody can join it any more.
    private let onOver: @CoreActor (VaultOpening) -> Void
    private var members: [Member] = []
    /// In whose name the question is put.
    private var asking: (member: Member, task: Task<Void, Never>)?
    /// How it ended; nil before.
    private var result: Result<Void, AgentError>?
    private static let gone = AgentError(.denied, "the asking program went away")

    /// - Parameter ask: puts the question in a client's name.
    init(
        ask: @escaping @CoreActor (ClientConnection) async -> End,
        onOver: @escaping @CoreActor (VaultOpening) -> Void
    ) {
        self.ask = ask
        self.onOver = onOver
    }

    /// Waits with the others. Cancelled, the task leaves them.
    func join(_ client: ClientConnection) async throws(AgentError) {
        let member = Member(client)
        members.append(member)
        askNext()
        let result = await member.end.wait(ifLate: .failure(Self.gone), ifCancelled: .failure(Self.gone))
        leave(member)
        try result.get()
    }

    /// Ends it for all who wait, and withdraws the question.
    func finish(_ result: Result<Void, AgentError>) {
        guard self.result == nil else { return }
        self.result = result
        onOver(self)
        // They go on when its question is off the terminal, which is hidden until then.
        if let asking { asking.task.cancel() } else { tell(result) }
    }

    private func tell(_ result: Result<Void, AgentError>) {
        for member in members { member.end.fulfil(result) }
    }

    private func leave(_ member: Member) {
        members.removeAll { $0 === member }
        // The next one asks when its question is off the terminal.
        if let asking, asking.member === member { asking.task.cancel() }
    }

    private func askNext() {
        guard asking == nil, result == nil else { return }
        guard let member = members.first else { return finish(.failure(Self.gone)) }
        let task = Task { @CoreActor in self.hasEnded(await self.ask(member.client), of: member) }
        asking = (member, task)
    }

    private func hasEnded(_ end: End, of member: Member) {
        asking = nil
        if let result { return tell(result) }
        switch end {
        case .opened: finish(.success(()))
        case .refused(let error) where members.contains { $0 === member }: finish(.failure(error))
        case .refused(let error), .askersOwn(let error):
            member.end.fulfil(.failure(error))
            members.removeAll { $0 === member }
            askNext()
        }
    }
}
