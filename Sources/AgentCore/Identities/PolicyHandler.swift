import AgentProtocol
import EventLoop

/// When the person is asked: what an identity's policy says, and the answers that hold.
@CoreActor
struct PolicyHandler {
    let identities: IdentityDirectory
    let confirmations: ConfirmationDesk

    func set(_ request: SetPolicyRequest, for client: ClientConnection) async throws(AgentError) -> Done {
        let identity = try identities.one(request.identity)
        try await confirmations.set(
            request.policy, for: request.operation, of: identity, client: client, identities: identities)
        return Done()
    }

    func remembered(_: RememberedRequest, for _: ClientConnection) -> RememberedList { confirmations.remembered }

    /// Nobody is asked: the agent only asks more often then.
    func forget(_ request: ForgetRequest, for _: ClientConnection) -> RememberedList {
        confirmations.forget(request.number)
        return confirmations.remembered
    }
}
