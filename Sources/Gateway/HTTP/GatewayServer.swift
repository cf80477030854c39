import CLinux
import GatewayAPI
import Glibc
import Posix
import SecureMemory

/// The gateway as it is met: the interface for agents and the pages for people, over HTTPS.
final class GatewayServer: Sendable {
    private let services: GatewayServices
    private let pages: Pages
    private let streams: EventStreams
    private let server: HTTPServer
    private static let authorityPrefix = "https://"

    /// Listens.
    ///
    /// - Parameters:
    ///   - threads: of the server; each request may wait for the disk.
    ///   - outbox: shown at `/sandbox/outbox`; nil hides the page.
    ///   - mail: shown at `/sandbox/mail`; nil hides the page.
    init(
        services: GatewayServices, tls: TLSMaterial, address: String, port: UInt16, threads: Int = 16,
        outbox: OutboxSender?, mail: OutboxMailer? = nil
    ) throws(HTTPServer.Failure) {
        self.services = services
        let pages = Pages(services: services, outbox: outbox, mail: mail)
        let streams: EventStreams
        do throws(SystemError) { streams = try EventStreams(services: services) } catch {
            throw HTTPServer.Failure(message: "\(error)")
        }
        self.pages = pages
        self.streams = streams
        server = try HTTPServer(address: address, port: port, tls: tls, threads: threads) { request in
            Self.isForAgents(request)
                ? Self.answerAgent(request, services, streams) : .response(pages.answer(request))
        }
    }

    /// The port that it listens on.
    var port: UInt16 { server.port }

    /// Ends the streams and stops.
    func stop() {
        streams.endAll()
        server.stop()
    }

    private static func isForAgents(_ request: HTTPRequest) -> Bool { request.parts.first == "agent" }

    private static func answerAgent(
        _ request: HTTPRequest, _ services: GatewayServices, _ streams: EventStreams
    ) -> HTTPServer.Outcome {
        let content = SignedContent(
            method: request.method, authority: String(services.settings.origin.dropFirst(authorityPrefix.count)),
            path: request.path, body: request.body,
            lastEventID: request.headers["last-event-id"].flatMap { UInt64($0) })
        let call = AgentCall(
            content: content, digest: request.headers["content-digest"],
            signatureInput: request.headers["signature-input"], signature: request.headers["signature"],
            address: request.address)
        switch services.answer(call) {
        case .reply(let status, let body):
            var response = HTTPResponse(status: status, type: bodyMediaType, body)
            response.headers.append(("cache-control", "no-store"))
            return .response(response)
        case .stream(let device, let sequence):
            return .stream(EventStream(device: device, after: sequence, hub: streams))
        }
    }
}
