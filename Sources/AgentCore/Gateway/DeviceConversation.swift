import AgentProtocol
import EventLoop
import GatewayAPI
import SecureMemory
import Wire

/// A gateway that was just asked who it is.
struct KnownGateway: Sendable {
    let trust: GatewayTrust
    let description: GatewayDescription

    /// Learns the gateway's keys over a connection that the certificates vouch for; from then on they are pinned.
    @CoreActor
    static func meet(
        _ origin: String, certificates: [UInt8], links: LinkDesk
    ) async throws(AgentError) -> KnownGateway {
        let first = GatewayTrust(origin: origin, certificates: certificates, pin: "")
        let description = try await GatewayClient.describe(first, links: links)
        let pinned = GatewayTrust(
            origin: origin, certificates: certificates, pin: description.pins.joined(separator: ";"))
        return KnownGateway(trust: pinned, description: description)
    }

    /// Asks again a gateway whose key is known.
    ///
    /// - Throws: `.gatewayKey` if it names another.
    @CoreActor
    static func meetAgain(
        _ trust: GatewayTrust, key: [UInt8], links: LinkDesk
    ) async throws(AgentError) -> KnownGateway {
        let description = try await GatewayClient.describe(trust, links: links)
        guard description.signingKey == key else { throw AgentError(.gatewayKey) }
        return KnownGateway(trust: trust, description: description)
    }
}

/// The steps of a plugin with a gateway, for a device that is to act for a person: the plugin gives and gets bytes, and
/// what the gateway grants is kept here.
@CoreActor
final class DeviceConversation {
    let gateway: KnownGateway
    let keys: DeviceKeys
    let client: GatewayClient
    /// The gateway's name for what goes on; empty before the first step.
    private(set) var session: [UInt8]
    private(set) var grant: Grant?
    /// Why the last exchange failed: better than what the plugin makes of it.
    private(set) var failure: AgentError?

    init(_ gateway: KnownGateway, keys: DeviceKeys, session: [UInt8] = [], links: LinkDesk) {
        self.gateway = gateway
        self.keys = keys
        self.session = session
        client = GatewayClient(
            trust: gateway.trust, gatewayKey: gateway.description.signingKey, keys: keys, links: links)
    }

    /// Runs a plugin's `activate`, whose steps are posted to the path that `path` gives.
    func run(
        _ plugin: PluginRun, _ call: PluginActivate, path: @escaping @Sendable (String) -> String
    ) async throws(AgentError) -> PluginRun.Yield {
        failure = nil
        do throws(AgentError) {
            return try await plugin.run(.activate(call)) { [self] step, body in await exchange(path(step), body) }
        } catch {
            switch error.code {
            case .gatewayRefused, .gatewayUnreachable: throw failure ?? error
            // The plugin's words were progress, and are shown already.
            case .unusableCredential: throw AgentError(.unusableCredential)
            default: throw error
            }
        }
    }

    /// What was granted and can't be kept must not stay half-activated there.
    func takeBack() async {
        if grant != nil { _ = try? await client.post(Deactivation.path, Accepted().bytes) }
    }

    private func exchange(_ path: String, _ body: SecretBox) async -> PluginExchangeReply {
        do throws(AgentError) {
            guard let body = body.take() else { throw AgentError(.invalid) }
            let message = ActivationStep(
                session: session, signingKey: keys.signing.publicKey, sealingKey: keys.sealing.publicKey,
                deviceName: HostName.current, body: body)
            guard let sealed = message.sealed(to: gateway.description.sealingKey) else {
                throw AgentError(.gatewayProtocol)
            }
            let bytes = try await client.post(path, sealed)
            guard let reply = bytes.withBytes({ try? ActivationReply.decode($0) }) else {
                throw AgentError(.gatewayProtocol)
            }
            session = reply.session
            if let granted = reply.grant { grant = granted }
            return PluginExchangeReply(status: 0, body: reply.body)
        } catch {
            DebugLog.write("step \(path): \(error)")
            failure = error
            let isPassing = error.code == .gatewayUnreachable
            return PluginExchangeReply(status: isPassing ? 3 : 2, body: [])
        }
    }
}
