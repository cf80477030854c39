import AgentProtocol
import EventLoop
import Wire

/// What tools ask of activations.
@CoreActor
struct ActivationHandler {
    let admission: Admission
    let links: LinkDesk
    let plugins: PluginHosts

    /// Begins one; gives the first event.
    func begin(_ request: ActivateRequest, for client: ClientConnection) async throws(AgentError) -> ActivationEvent {
        try client.requireNothingBegun()
        // Without one, it is an identity that only signs.
        guard request.gateway.isEmpty || GatewayOrigin.isValid(request.gateway) else {
            throw AgentError(.invalid, "a gateway's address is https://host or https://host:port")
        }
        return try await client.begin(\.activation) { narration throws(AgentError) in
            let plugin = PluginRun(for: client, plugins, fields: request.fields) { narration.tell($0) }
            let flow = ActivationFlow(
                request: request, client: client, plugin: plugin, admission: admission, links: links,
                narration: narration)
            return try await flow.run().info
        }
    }

    /// The next event.
    func proceed(_: ContinueRequest, for client: ClientConnection) async throws(AgentError) -> ActivationEvent {
        try await client.proceed(\.activation, orSay: "no activation runs on this connection")
    }
}
