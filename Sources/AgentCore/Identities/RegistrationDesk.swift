import AgentProtocol
import Audit
import EventLoop
import SSHKeys
import Wire

/// What tools ask of registrations.
@CoreActor
struct RegistrationDesk {
    let core: Core

    /// Answers a request about registrations.
    func answer(_ request: ClientRequest, for client: ClientConnection) async throws(AgentError) -> ClientReply {
        switch request {
        case .register(let request):
            return .plain(AgentReply.frame(to: RegisterRequest.self, try await begin(request, client)))
        case .proceedRegistering:
            return .plain(AgentReply.frame(to: RegistrationContinueRequest.self, try await proceed(client)))
        case .registrations:
            let list = RegistrationList(try await registrations(for: client).map(\.info))
            return .plain(AgentReply.frame(to: RegistrationsRequest.self, list))
        case .forgetRegistration(let request):
            try await forget(request.identifier, client)
            return .plain(AgentReply.frame(to: ForgetRegistrationRequest.self, Done()))
        default: return .bare(AgentMessageType.failure)
        }
    }

    private func begin(
        _ request: RegisterRequest, _ client: ClientConnection
    ) async throws(AgentError) -> RegistrationEvent {
        try client.requireNothingBegun()
        guard request.resumed != nil || GatewayOrigin.isValid(request.gateway) else {
            throw AgentError(.invalid, "a gateway's address is https://host or https://host:port")
        }
        let flow = RegistrationFlow(request, for: client, core: core)
        client.registration = flow
        flow.start()
        return try await proceed(client)
    }

    private func proceed(_ client: ClientConnection) async throws(AgentError) -> RegistrationEvent {
        guard let flow = client.registration else {
            throw AgentError(.invalid, "no registration runs on this connection")
        }
        do throws(AgentError) {
            let event = try await flow.nextEvent()
            if case .done = event { client.registration = nil }
            return event
        } catch {
            client.registration = nil
            throw error
        }
    }

    private func registrations(for client: ClientConnection) async throws(AgentError) -> [RegistrationRecord] {
        if core.vault.state == .none { return [] }
        try await core.vault.openExisting(for: client)
        return try await core.vault.registrations()
    }

    private func forget(_ identifier: Identifier, _ client: ClientConnection) async throws(AgentError) {
        let begun = try await registrations(for: client).first { $0.info.identifier == identifier }
        guard let begun else { throw AgentError(.noRegistration) }
        _ = try await core.prompts.ask(.lose(.registration(gateway: begun.info.gateway)), for: client)
        // It may have ended while the person thought.
        guard try await registrations(for: client).contains(where: { $0.info.identifier == identifier }) else {
            throw AgentError(.noRegistration)
        }
        try await core.vault.remove(identifier)
        core.audit.note(AuditEntry("registration_forgotten", gateway: begun.info.gateway, caller: client.caller))
    }
}
