import AgentProtocol
import EventLoop
import GatewayAPI
import SecureMemory
import Wire

/// Speaks with one gateway for one pair of device keys: makes and signs each request, and believes only what the
/// gateway's key has signed. The link carries the bytes.
@CoreActor
final class GatewayClient {
    private let trust: GatewayTrust
    private let gatewayKey: [UInt8]
    private let keys: DeviceKeys
    private let links: LinkDesk

    init(trust: GatewayTrust, gatewayKey: [UInt8], keys: DeviceKeys, links: LinkDesk) {
        self.trust = trust
        self.gatewayKey = gatewayKey
        self.keys = keys
        self.links = links
    }

    /// Posts a body and gives the reply's.
    ///
    /// - Throws: `.gatewayRefused` and its kin with the gateway's reason, `.gatewayUnreachable`, `.gatewayKey`,
    ///   `.gatewayCertificate`, `.gatewayProtocol`, `.clock`, `.expired`, `.noRequest`.
    func post(_ path: String, _ body: [UInt8]) async throws(AgentError) -> SecretBytes {
        let content = SignedContent(method: "POST", authority: authority, path: path, body: body)
        let parameters = SignatureParameters(created: WallClock.now, publicKey: keys.signing.publicKey)
        let response = await links.send(request(links.nextNumber(), content, parameters, opensStream: false))
        return try Self.body(of: response, nonce: parameters.nonce, gatewayKey: gatewayKey)
    }

    /// The request that opens the stream of events behind `sequence`.
    func streamRequest(number: UInt32, after sequence: UInt64) -> LinkRequest {
        let content = SignedContent(
            method: "GET", authority: authority, path: Push.path, body: [],
            lastEventID: sequence == 0 ? nil : sequence)
        let parameters = SignatureParameters(created: WallClock.now, publicKey: keys.signing.publicKey)
        return request(number, content, parameters, opensStream: true)
    }

    /// Asks a gateway who it is. The answer is signed by the key that it names; that this is the right gateway rests on
    /// the certificates until the key is pinned.
    static func describe(_ trust: GatewayTrust, links: LinkDesk) async throws(AgentError) -> GatewayDescription {
        let request = LinkRequest(
            number: links.nextNumber(), opensStream: false, trust: trust, method: "GET",
            target: GatewayDescription.path, headers: [HeaderField("accept", bodyMediaType)], body: [])
        let response = await links.send(request)
        try check(response)
        guard response.status == 200, let named = signingKey(of: response.body) else {
            throw AgentError(.gatewayProtocol, "what answers at \(trust.origin) is no gateway for agents")
        }
        let body = try Self.body(of: response, nonce: [], gatewayKey: named)
        guard let description = body.withBytes({ try? GatewayDescription.decode($0) }), !description.pins.isEmpty else {
            throw AgentError(.gatewayProtocol, "the gateway's description is not understood")
        }
        return description
    }

    // MARK: Steps

    private var authority: String {
        String(trust.origin.dropFirst("https://".count))
    }

    private func request(
        _ number: UInt32, _ content: SignedContent, _ parameters: SignatureParameters, opensStream: Bool
    ) -> LinkRequest {
        let base = content.signatureBase(parameters)
        let signature = keys.signing.sign(unsafe base.span.bytes)
        var headers = content.headers(parameters, signature: signature).map { HeaderField($0.name, $0.value) }
        headers.append(HeaderField("accept", opensStream ? "text/event-stream" : bodyMediaType))
        if !opensStream { headers.append(HeaderField("content-type", bodyMediaType)) }
        return LinkRequest(
            number: number, opensStream: opensStream, trust: trust, method: content.method, target: content.path,
            headers: headers, body: content.body)
    }

    private static func check(_ response: LinkResponse) throws(AgentError) {
        switch response.outcome {
        case .answered: return
        case .unreachable, .timedOut: throw AgentError(.gatewayUnreachable, response.detail)
        case .untrusted: throw AgentError(.gatewayCertificate, response.detail)
        case .wrongKey: throw AgentError(.gatewayKey, response.detail)
        case .protocolError: throw AgentError(.gatewayProtocol, response.detail)
        }
    }

    private static func body(
        of response: LinkResponse, nonce: [UInt8], gatewayKey: [UInt8]
    ) throws(AgentError) -> SecretBytes {
        try check(response)
        guard
            let body = Envelope.open(
                unsafe response.body.span.bytes, context: .reply, binding: nonce, status: response.status,
                signedBy: gatewayKey)
        else { throw AgentError(.gatewayKey, "the reply is not signed by the gateway's key") }
        guard response.status != 200 else { return body }
        guard let refusal = body.withBytes({ try? Refusal.decode($0) }) else {
            throw AgentError(.gatewayProtocol, "status \(response.status)")
        }
        throw error(for: refusal)
    }

    private static func error(for refusal: Refusal) -> AgentError {
        switch refusal.code {
        case .clock: AgentError(.clock, refusal.detail)
        case .expired, .answered: AgentError(.expired, refusal.detail)
        case .notFound: AgentError(.noRequest, refusal.detail)
        case .deactivated, .unknownDevice: AgentError(.gatewayRefused, "this device is not active there")
        case .tooMany: AgentError(.gatewayRefused, "too many requests; wait \(refusal.detail) seconds")
        case .failed: AgentError(.gatewayRefused, "the gateway failed")
        case .malformed, .signature, .replay: AgentError(.gatewayProtocol, refusal.code.rawValue)
        }
    }

    /// The key that a description names, read before its signature can be checked with it.
    private static func signingKey(of envelope: [UInt8]) -> [UInt8]? {
        let body = try? WireReader.read(envelope) { (reader) throws(WireError) in
            let body = try reader.bytes(limit: GatewayLimits.body)
            _ = try reader.bytes(count: SigningKey.signatureLength)
            return body
        }
        guard let body else { return nil }
        return (try? GatewayDescription.decode(unsafe body.span.bytes))?.signingKey
    }
}
