import CCurl
import GatewayAPI
import Glibc
import SecureMemory
import Wire

/// An agent's device: keys of its own, and one connection.
final class Device {
    let client: Client
    let key = SigningKey()
    private let sealing = SealingKey().publicKey
    private let gateway: Gateway
    private let gatewayKeys: GatewayDescription
    /// Of the activation or registration that was begun last.
    private var session: [UInt8] = []
    /// Seconds that its signed calls have taken.
    private(set) var taken: Double = 0

    init(_ gateway: Gateway, _ keys: GatewayDescription, client: Client? = nil) {
        self.gateway = gateway
        self.client = client ?? Client(gateway)
        gatewayKeys = keys
    }

    /// What the gateway says of itself.
    static func describe(_ gateway: Gateway) throws -> GatewayDescription {
        let client = Client(gateway)
        client.prepare(gateway.origin + GatewayDescription.path)
        _ = client.send()
        let description = try body(of: client)
        return try GatewayDescription.decode(unsafe description.span.bytes)
    }

    /// What a reply says, without its signature, which is not checked here.
    static func body(of client: Client) throws -> [UInt8] {
        try WireReader.read(client.body) { (reader) throws(WireError) in
            let body = try reader.bytes(limit: GatewayLimits.body)
            _ = try reader.rest(limit: 1024)
            return body
        }
    }

    /// Prepares a signed request.
    func sign(_ client: Client, _ method: String, _ path: String, _ body: [UInt8]) {
        let content = SignedContent(method: method, authority: gateway.authority, path: path, body: body)
        let parameters = SignatureParameters(created: UInt64(time(nil)), publicKey: key.publicKey)
        let base = content.signatureBase(parameters)
        let signature = key.sign(unsafe base.span.bytes)
        let headers = content.headers(parameters, signature: signature).map { "\($0.name): \($0.value)" }
        client.prepare(
            gateway.origin + path, headers: headers + ["content-type: \(bodyMediaType)", "expect:"],
            post: method == "POST" ? body : nil)
    }

    /// A signed call; the reply's body.
    func call(_ path: String, _ body: [UInt8]) throws -> [UInt8] {
        sign(client, "POST", path, body)
        let start = seconds()
        let status = client.send()
        taken += seconds() - start
        guard status == 200 else { throw WireError.malformed }
        return try Self.body(of: client)
    }

    /// A step, sealed to the gateway.
    private func sealed(_ body: consuming SecretBytes) throws -> [UInt8] {
        let message = ActivationStep(
            session: session, signingKey: key.publicKey, sealingKey: sealing, deviceName: "bench", body: body)
        guard let sealed = message.sealed(to: gatewayKeys.sealingKey) else { throw WireError.malformed }
        return sealed
    }

    /// Prepares a step that another client sends.
    func sign(_ client: Client, _ path: String, _ body: consuming SecretBytes) throws {
        sign(client, "POST", path, try sealed(body))
    }

    /// A step of an activation or registration; the first begins a session.
    func step(_ path: String, _ body: consuming SecretBytes) throws -> ActivationReply {
        let answer = try call(path, try sealed(body))
        let reply = try ActivationReply.decode(unsafe answer.span.bytes)
        session = reply.session
        return reply
    }

    /// A step of a registration, which the gateway must accept.
    func register(_ name: String, _ body: consuming SecretBytes) throws {
        let reply = try step(Registration.path(plugin: Registration.plugin, step: name), body)
        guard reply.body.first == RegistrationOutcome.accepted.rawValue else { throw WireError.malformed }
    }

    /// Asks for an activation's code.
    func beginActivation(_ person: Int) throws {
        var start = SecretWriter()
        start.put(Gateway.document(person))
        start.put("validity")
        start.put("31-12-2030")
        start.put("en")
        _ = try step(ActivationStep.path(method: "sms", step: "start"), start.finish())
    }

    /// Gives the code; whether the device is the person's now.
    func finishActivation(_ code: String) throws -> Bool {
        var finish = SecretWriter()
        finish.put(code)
        return try step(ActivationStep.path(method: "sms", step: "finish"), finish.finish()).grant != nil
    }
}
