import AgentProtocol
import Posix
import TestSupport
import Testing

extension Stage {
    /// Locks the agent while the next question is open, which the person then answers with yes.
    func lockBeforeYes() {
        core.next(.prompt) { [core] pipe in
            _ = try pipe.receive()
            #expect(try RawClient(core).ask(22, "a lock") == [6])
            try pipe.send(secret: Answer(outcome: .given))
        }
    }
}

@Suite struct `A yes to a question that was open when the agent was locked` {
    private let stage: Stage
    private let identity: IdentityInfo

    init() throws {
        stage = try Stage()
        identity = try stage.activate().get()
    }

    @Test func `ends no registration at the gateway`() throws {
        stage.lockBeforeYes()
        #expect(stage.refusal(RenounceRequest(identity.identifier)) == .expired)
    }

    @Test func `is not remembered once the agent is unlocked`() throws {
        let policy = SetPolicyRequest(identity: nil, operation: .sign, policy: .remember(seconds: 3600))
        _ = try stage.core.connect().send(policy)
        stage.lockBeforeYes()
        let request = SignRequest(identity: nil, purpose: .message(namespace: "file"), content: .bytes([1]))
        #expect(stage.refusal(request) != nil)
        #expect(try RawClient(stage.core).ask(23, "a lock") == [6])
        #expect(try stage.core.connect().send(RememberedRequest()).answers.isEmpty)
    }
}
