import CLinux
import GatewayAPI
import Glibc
import Posix
import SecureMemory
import WebServer

/// The gateway as it is met: the interface for agents and the pages for people, over HTTPS.
final class GatewayServer: Sendable {
    private let services: GatewayServices
    private let pages: Pages
    private let streams: EventStreams
    private let server: HTTPServer
    /// What the agents' routes and the pages read.
    private static let reads = RequestFields.forms.union(
        RequestFields(
            headers: [
                "cookie", "x-clave-form", "content-digest", "signature-input", "signature", "last-event-id",
            ],
            lists: ["accept-language"],
            arguments: ["lang", "code", "page", "done", "turn", "after", "place", "token"]))
    /// Bytes of a body: a piece of a recording, or an activation's step.
    static let maximumBody = 65_536 + 256
    private static let authorityPrefix = "https://"

    /// Listens.
    ///
    /// - Parameters:
    ///   - settings: where, and for how many; ``HTTPServer/Settings/headers`` get what every answer has.
    ///   - sandbox: the pages with what the sandbox has sent; nil where there are none.
    init(
        services: GatewayServices, tls: TLSMaterial, _ settings: HTTPServer.Settings, sandbox: SandboxPages? = nil
    ) throws(HTTPServer.Failure) {
        self.services = services
        let pages = Pages(services: services, sandbox: sandbox)
        let streams: EventStreams
        do throws(SystemError) { streams = try EventStreams(services: services) } catch {
            throw HTTPServer.Failure(message: "\(error)")
        }
        self.pages = pages
        self.streams = streams
        var settings = settings
        settings.reads = Self.reads
        settings.maximumBody = Self.maximumBody
        settings.headers += Self.strictTransport(services.settings.origin)
        server = try HTTPServer(settings, tls: tls) { request in
            Self.isForAgents(request)
                ? Self.answerAgent(request, services, streams) : .response(pages.answer(request))
        }
    }

    /// HSTS (RFC 6797): a browser that has been here once comes by TLS only, for a year.
    ///
    /// Not for `localhost` and its kin, where it would be of no use, and would keep a browser from every other server of this
    /// machine that has no TLS: the rule is of the host, whatever the port. For addresses it has no meaning (section 8.1.1).
    static func strictTransport(_ origin: String) -> [(name: String, value: String)] {
        let authority = origin.utf8.dropFirst(authorityPrefix.utf8.count)
        let host = authority.prefix { $0 != UInt8(ascii: ":") }
        let isLocal =
            host.elementsEqual("localhost".utf8) || String(decoding: host, as: UTF8.self).hasSuffix(".localhost")
        let isAddress =
            authority.first == UInt8(ascii: "[")
            || host.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".") }
        return isLocal || isAddress ? [] : [("strict-transport-security", "max-age=31536000")]
    }

    /// The port that it listens on.
    var port: UInt16 { server.port }

    /// Connections that are open, and requests that wait for another machine.
    var load: (connections: Int, waiting: Int) { server.load }

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
        guard !services.mayWait(call) else {
            return .work(
                answer: { response(services.answer(call)) }, refusal: { response(services.refuseForNow(call)) })
        }
        switch services.answer(call) {
        case .stream(let device, let sequence):
            return .stream(streams.open(device, after: sequence))
        case let answer: return .response(response(answer))
        }
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

extension TLSMaterial {
    /// The gateway's own material, by an authority whose name says what it is.
    init(folder: String, names: [String]) throws(Failure) {
        try self.init(folder: folder, names: names, authority: "Sandbox authority of clave-gateway")
    }
}
