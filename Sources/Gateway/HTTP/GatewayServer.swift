import GatewayServices
import GatewayWeb
import Posix
import WebServer

/// The gateway as it is met: the interface for agents and the pages for people, over HTTPS.
final class GatewayServer: Sendable {
    private let streams: EventStreams
    private let server: HTTPServer
    /// What the agents' routes and the pages read.
    static let reads = AgentInterface.routes.reads.union(Pages.reads)
    /// Bytes of an agent's body: an activation's step.
    static let maximumBody = 65_536 + 256
    static let authorityPrefix = "https://"

    /// Listens.
    ///
    /// - Parameters:
    ///   - settings: where, and for how many; ``HTTPServer/Settings/headers`` get what every answer has.
    ///   - sandbox: the pages with what the sandbox has sent; nil where there are none.
    init(
        services: Services, tls: TLSMaterial, _ settings: HTTPServer.Settings, sandbox: SandboxPages? = nil
    ) throws(HTTPServer.Failure) {
        let pages = Pages(services: services, sandbox: sandbox)
        let streams: EventStreams
        do throws(SystemError) { streams = try EventStreams(services: services) } catch {
            throw HTTPServer.Failure(message: "\(error)")
        }
        self.streams = streams
        var settings = settings
        settings.reads = Self.reads
        settings.maximumBody = max(AgentInterface.routes.maximumBody, Pages.maximumBody)
        settings.headers += Self.strictTransport(services.settings.origin)
        let agents = AgentEndpoint(services: services, streams: streams)
        server = try HTTPServer(settings, tls: tls) { request in
            services.keys.withDigests {
                AgentEndpoint.isMeant(by: request) ? agents.answer(request) : .response(pages.answer(request))
            }
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
}

extension TLSMaterial {
    /// The gateway's own material, by an authority whose name says what it is.
    init(folder: String, names: [String]) throws(Failure) {
        try self.init(folder: folder, names: names, authority: "Sandbox authority of clave-gateway")
    }
}
