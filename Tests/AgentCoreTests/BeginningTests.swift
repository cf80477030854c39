import AgentProtocol
import Posix
import TestSupport
import Testing
import Wire

@Suite struct `A client's connection` {
    @Test func `has a registration or an activation begun on it only while neither runs there`() throws {
        let registering = RegisterRequest(
            way: "letter", gateway: FakeGateway.origin, certificates: [], fields: [], lifetime: 0)
        let activating = ActivateRequest(
            method: "sms", gateway: FakeGateway.origin, certificates: [], fields: [], lifetime: 0)
        let stage = try Stage()
        stage.core.always(.pluginHost) { pipe in
            _ = try pipe.receive()
            try pipe.send(PluginLoaded(title: "Played", version: "1"))
            try pipe.send(PluginLine(isProgress: true, text: "It goes on."))
            // Until it is ended.
            _ = try? pipe.receive()
        }
        func code(_ send: () throws -> Void) throws -> AgentError.Code? {
            do { try send() } catch AgentConnection.Failure.refused(let error) { return error.code }
            return nil
        }
        let first = try stage.core.connect()
        guard case .progress = try first.send(registering) else {
            Issue.record("the registration is over at once")
            return
        }
        #expect(try code { _ = try first.send(activating) } == .busy)
        #expect(try code { _ = try first.send(registering) } == .busy)
        let second = try stage.core.connect()
        guard case .progress = try second.send(activating) else {
            Issue.record("the activation is over at once")
            return
        }
        #expect(try code { _ = try second.send(registering) } == .busy)
        #expect(try code { _ = try second.send(activating) } == .busy)
    }
}
