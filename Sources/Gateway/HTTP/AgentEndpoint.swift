import GatewayAPI
import GatewayServices
import WebServer

/// The agents' interface as HTTP brings it (GATEWAY-API.md): its addresses, and a call's way to the services and back.
struct AgentEndpoint: Sendable {
    /// How an address is answered.
    enum Handler: Sendable {
        /// By a signed body.
        case reply
        /// By the stream of a device's events, or a signed refusal.
        case events
    }

    let services: GatewayServices
    let streams: EventStreams

    // MARK: Routes

    /// What tells whose call it is.
    private static let signed = RequestFields(headers: ["content-digest", "signature-input", "signature"])

    private static func get(_ path: String, _ reads: RequestFields, _ handler: Handler) -> Route<Handler> {
        Route("GET", PathPattern(path), reads: reads, maximumBody: GatewayServer.maximumBody, handler)
    }

    private static func post(_ path: String, mayWait: Bool = false) -> Route<Handler> {
        Route(
            "POST", PathPattern(path), reads: signed, maximumBody: GatewayServer.maximumBody, mayWait: mayWait, .reply)
    }

    /// All addresses that there are. What is called at another gets a signed refusal too.
    static let routes = RouteTable([
        get(GatewayDescription.path, signed, .reply),
        get(Push.path, signed.union(RequestFields(headers: ["last-event-id"])), .events),
        post(PINShown.path), post(MobileAnswer.path), post(MobileClaim.path), post(Upgrade.path),
        post(Renunciation.path), post(Deactivation.path),
        // The last step with a certificate may have to ask its responder.
        post(ActivationStep.path(method: ":method", step: CertificateChallenge.finishStep), mayWait: true),
        post(ActivationStep.path(method: ":method", step: ":step")),
        post(Registration.path(plugin: ":plugin", step: CertificateChallenge.finishStep), mayWait: true),
        post(Registration.path(plugin: ":plugin", step: ":step")),
    ])

    /// Whether a request is for agents, and not for browsers.
    static func isMeant(by request: HTTPRequest) -> Bool { request.parts.first == "agent" }

    // MARK: Answering

    func answer(_ request: HTTPRequest) -> HTTPServer.Outcome {
        let route = Self.routes.match(request)?.route
        if let route, request.body.count > route.maximumBody { return .response(.refusal(413)) }
        let call = call(request)
        if route?.mayWait == true, services.mayWait(call) {
            return .work(
                answer: { Self.response(services.answer(call)) },
                refusal: { Self.response(services.refuseForNow(call)) })
        }
        let answer = services.answer(call)
        if case .events? = route?.handler, case .stream(let device, let sequence) = answer {
            return .stream(streams.open(device, after: sequence))
        }
        return .response(Self.response(answer))
    }

    private func call(_ request: HTTPRequest) -> AgentCall {
        let content = SignedContent(
            method: request.method,
            authority: String(services.settings.origin.dropFirst(GatewayServer.authorityPrefix.count)),
            path: request.path, body: request.body,
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
