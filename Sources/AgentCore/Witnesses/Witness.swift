import AgentProtocol
import Audit
import EventLoop

/// Who is present at what the agent does in the person's name. Before it is done, a witness may refuse it, with the reason;
/// of what has happened, it is only told.
@CoreActor
protocol Witness: AnyObject {
    /// Called before the person is asked (``Act/answer`` is nil), and again before what they have agreed to is done.
    ///
    /// - Throws: why it must not be done. Then nothing of it happens.
    func before(_ act: Act) async throws(AgentError)
    /// Called after something has happened, or was refused.
    func after(_ event: WitnessedEvent)
}

/// What is about to be done in the person's name.
struct Act {
    /// How the person has answered.
    struct Answer {
        /// For the log: `yes`, `no`, `remembered`, …
        let word: String
        /// Who asked, as the person was told.
        let caller: Caller
        /// Milliseconds from the question to the answer.
        let milliseconds: UInt64
    }

    /// What the person is asked.
    let subject: QuestionSubject
    /// With which identity, in words; empty for none.
    let identity: String
    /// For whom it is done.
    let client: ClientConnection
    /// Whether it is done only if the yes to it is on the disk.
    let needsRecord: Bool
    /// Nil before the person was asked.
    private(set) var answer: Answer?

    /// - Parameter needsRecord: nil for as the subject has it.
    init(
        _ subject: QuestionSubject, identity: String = "", for client: ClientConnection, needsRecord: Bool? = nil
    ) {
        self.subject = subject
        self.identity = identity
        self.client = client
        self.needsRecord = needsRecord ?? subject.needsRecord
    }

    /// The same, once the person has answered.
    func answered(_ word: String, caller: Caller, milliseconds: UInt64 = 0) -> Act {
        var act = self
        act.answer = Answer(word: word, caller: caller, milliseconds: milliseconds)
        return act
    }
}

extension QuestionSubject {
    /// Whether what follows the yes happens only with its record in the log: a PIN, an approval and a signature leave the
    /// agent.
    var needsRecord: Bool {
        switch self {
        case .showPIN, .approve, .sign: true
        default: false
        }
    }
}

/// Several witnesses as one: each may refuse before, in their order, and all are told after.
@CoreActor
final class Witnesses: Witness {
    private let all: [any Witness]

    init(_ all: [any Witness]) { self.all = all }

    func before(_ act: Act) async throws(AgentError) {
        for witness in all { try await witness.before(act) }
    }

    func after(_ event: WitnessedEvent) {
        for witness in all { witness.after(event) }
    }
}
