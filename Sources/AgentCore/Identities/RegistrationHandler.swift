import AgentProtocol
import EventLoop
import SSHKeys
import Wire

/// What tools ask of registrations.
@CoreActor
struct RegistrationHandler {
    let admission: Admission
    let links: LinkDesk
    let plugins: PluginHosts
    let witnesses: Witnesses

    private var vault: VaultKeeper { admission.vault }

    /// Begins one, or goes on with one that was begun another day; gives the first event.
    func begin(_ request: RegisterRequest, for client: ClientConnection) async throws(AgentError) -> RegistrationEvent {
        try client.requireNothingBegun()
        guard request.resumed != nil || GatewayOrigin.isValid(request.gateway) else {
            throw AgentError(.invalid, "a gateway's address is https://host or https://host:port")
        }
        return try await client.begin(\.registration) { narration throws(AgentError) in
            let flow = RegistrationFlow(
                request: request, client: client, plugins: plugins, admission: admission, links: links,
                narration: narration)
            return try await flow.run()
        }
    }

    /// The next event.
    func proceed(
        _: RegistrationContinueRequest, for client: ClientConnection
    ) async throws(AgentError) -> RegistrationEvent {
        try await client.proceed(\.registration, orSay: "no registration runs on this connection")
    }

    /// All that go on another day.
    func list(_: RegistrationsRequest, for _: ClientConnection) async throws(AgentError) -> RegistrationList {
        RegistrationList(try await kept().map(\.info))
    }

    /// Forgets one, on the person's word.
    func forget(_ request: ForgetRegistrationRequest, for client: ClientConnection) async throws(AgentError) -> Done {
        let begun = try await kept().first { $0.info.identifier == request.identifier }
        guard let begun else { throw AgentError(.noRegistration) }
        try await witnesses.before(Act(.lose(.registration(gateway: begun.info.gateway)), for: client))
        // The vault may have been locked while the person thought, and the registration may have ended.
        if vault.state != .none { try await vault.openExisting(for: client) }
        guard try await kept().contains(where: { $0.info.identifier == request.identifier }) else {
            throw AgentError(.noRegistration)
        }
        try await vault.remove(request.identifier)
        witnesses.after(.registration(.forgotten, gateway: begun.info.gateway, by: client.caller))
        return Done()
    }

    private func kept() async throws(AgentError) -> [RegistrationRecord] {
        vault.state == .none ? [] : try await vault.registrations()
    }
}
