import AgentProtocol
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import TestSupport
import Testing
import Wire

/// A core with a played gateway, person and plugin.
struct Stage {
    let core: CoreHarness
    let gateway: FakeGateway
    let person: Played.Person

    init(
        person: Played.Person = Played.Person(), questionTimeout: UInt32 = 30, gateway: FakeGateway = FakeGateway(),
        knownPassphrase: [UInt8]? = nil
    ) throws {
        self.gateway = gateway
        core = try CoreHarness(questionTimeout: questionTimeout, knownPassphrase: knownPassphrase)
        self.person = person
        core.always(.link) { try gateway.serve($0) }
        core.always(.prompt) { try person.prompt($0) }
        core.always(.pluginHost) { try Played.plugin($0) }
    }

    /// Activates; what the agent answered in the end.
    func activate(lifetime: UInt32 = 0) -> Result<IdentityInfo, AgentError> {
        do {
            let connection = try core.connect()
            var event = try connection.send(
                ActivateRequest(
                    method: "sms", gateway: FakeGateway.origin, certificates: [], fields: [], lifetime: lifetime))
            while case .progress = event { event = try connection.send(ContinueRequest()) }
            guard case .done(let identity) = event else { return .failure(AgentError(.invalid)) }
            return .success(identity)
        } catch AgentConnection.Failure.refused(let error) {
            return .failure(error)
        } catch {
            return .failure(AgentError(.system, "\(error)"))
        }
    }

    /// The requests that wait, when there are any of the number wanted.
    func pending(_ count: UInt32) throws -> [PendingRequest] {
        try eventually("\(count) waiting") { try core.status().pending == count }
        return try core.connect().send(PendingListRequest(identity: nil, wait: 0)).requests
    }

    func link() throws -> LinkState? {
        try core.connect().send(IdentitiesRequest()).identities.first?.link
    }

    func connected() throws { try eventually("connected") { try link() == .connected } }

    /// The code with which a request fails; nil when it does not.
    func refusal<Request: AgentExtension>(_ request: Request) -> AgentError.Code? {
        do {
            _ = try core.connect().send(request)
            return nil
        } catch AgentConnection.Failure.refused(let error) {
            return error.code
        } catch {
            Issue.record("\(error)")
            return nil
        }
    }
}

extension Result where Failure == AgentError {
    var code: AgentError.Code? {
        guard case .failure(let error) = self else { return nil }
        return error.code
    }
    var isFailure: Bool { code != nil }
}
