import GatewayAPI
import GatewayServices
import WebServer

/// A call's way from HTTP to the agents' interface, and back.
struct AgentEndpoint: Sendable {
    private let agents: AgentInterface
    private let streams: EventStreams
    /// The authority in what agents sign.
    private let authority: String

    init(services: Services, streams: EventStreams) {
        agents = AgentInterface(services)
        authority = String(services.settings.origin.dropFirst(GatewayServer.authorityPrefix.count))
        self.streams = streams
    }

    /// Whether a request is for agents, and not for browsers.
    static func isMeant(by request: HTTPRequest) -> Bool { request.parts.first == "agent" }

    func answer(_ request: HTTPRequest) -> HTTPServer.Outcome {
        let route = AgentInterface.route(request.method, request.path)
        if let route, request.body.count > route.maximumBody { return .response(.refusal(413)) }
        let call = call(request)
        if route?.mayWait == true, agents.asksResponders {
            return .work(
                answer: { Self.response(agents.answer(call)) },
                refusal: { Self.response(agents.refuseForNow(call)) })
        }
        let answer = agents.answer(call)
        if case .stream(let device, let sequence) = answer {
            return .stream(streams.open(device, after: sequence))
        }
        return .response(Self.response(answer))
    }

    private func call(_ request: HTTPRequest) -> AgentCall {
        let content = SignedContent(
            method: request.method, authority: authority, path: request.path, body: request.body,
            lastEventID: request.headers["last-event-id"].flatMap { UInt64($0) })
        return AgentCall(
            content: content, digest: request.headers["content-digest"],
            signatureInput: request.headers["signature-input"], signature: request.headers["signature"],
            address: request.address)
    }

    private static func response(_ answer: AgentAnswer) -> HTTPResponse {
        guard case .reply(let status, let body) = answer else {
            return HTTPResponse(status: 500, type: "text/plain", [])
        }
        var response = HTTPResponse(status: status, type: bodyMediaType, body)
        response.headers.append(("cache-control", "no-store"))
        return response
    }
}
