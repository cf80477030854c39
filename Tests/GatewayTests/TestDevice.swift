import ClaveDomain
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import Synchronization
import Testing
import Wire

@testable import Gateway
@testable import GatewayServices

/// An agent as the gateway sees one.
final class TestDevice {
    let signing: SigningKey
    let sealing: SealingKey
    /// Another one where the gateway was started again.
    var sandbox: Sandbox
    /// Of the activation that was begun last.
    var session: [UInt8] = []
    /// Where it calls from.
    var address = "192.0.2.9"
    /// What it calls itself.
    var name = "desk"

    init(_ sandbox: Sandbox) {
        self.sandbox = sandbox
        signing = SigningKey()
        sealing = SealingKey()
    }

    /// One whose keys are all of the same byte, as a recorded database knows them.
    init(_ sandbox: Sandbox, keysOf byte: UInt8) {
        let key = [UInt8](repeating: byte, count: 32)
        self.sandbox = sandbox
        signing = SigningKey(seed: SecretBytes(copying: key.span.bytes))!
        sealing = SealingKey(privateKey: SecretBytes(copying: key.span.bytes))!
    }

    /// The headers of a signed call without a body.
    func headers(_ method: String, _ path: String) -> [(name: String, value: String)] {
        let content = SignedContent(method: method, authority: "localhost:8443", path: path, body: [])
        let parameters = SignatureParameters(
            created: sandbox.now, nonce: randomBytes(16), publicKey: signing.publicKey)
        let signature = signing.sign(content.signatureBase(parameters).span.bytes)
        return content.headers(parameters, signature: signature)
    }

    /// A signed call; `change` may spoil it.
    func call(
        _ method: String, _ path: String, _ body: [UInt8] = [], nonce: [UInt8] = randomBytes(16), skew: Int64 = 0
    ) -> AgentAnswer {
        let content = SignedContent(method: method, authority: "localhost:8443", path: path, body: body)
        let parameters = SignatureParameters(
            created: UInt64(Int64(sandbox.now) + skew), nonce: nonce, publicKey: signing.publicKey)
        let signature = signing.sign(content.signatureBase(parameters).span.bytes)
        let headers = Dictionary(
            uniqueKeysWithValues: content.headers(parameters, signature: signature).map { ($0.name, $0.value) })
        return sandbox.agents.answer(
            AgentCall(
                content: content, digest: headers["content-digest"], signatureInput: headers["signature-input"],
                signature: headers["signature"], address: address))
    }

    func status(_ answer: AgentAnswer) -> UInt32 {
        guard case .reply(let status, _) = answer else { return 0 }
        return status
    }

    /// Runs both steps of an activation by SMS; the last reply's first byte, and whether a grant came.
    func activate(code: String? = nil) throws -> (outcome: UInt8, isGranted: Bool) {
        try askCode()
        return try finish(code ?? sandbox.telephone.last("[0-9]{6}") ?? "000000")
    }

    /// Has the code of an activation by SMS sent.
    func askCode() throws {
        var start = SecretWriter()
        start.put(Sandbox.document.text)
        start.put("validity")
        start.put("31-12-2030")
        start.put("ca")
        _ = try step("start", start.finish())
    }

    func finish(_ code: String) throws -> (outcome: UInt8, isGranted: Bool) {
        var finish = SecretWriter()
        finish.put(code)
        let reply = try step("finish", finish.finish())
        return (reply.body[0], reply.grant != nil)
    }

    /// Asks what a certificate is to sign.
    func challenge() throws -> [UInt8] {
        try step("challenge", SecretWriter().finish(), method: "certificate").body
    }

    /// Brings a certificate's signature.
    func finish(signature: [UInt8]) throws -> (outcome: CertificateOutcome?, grant: Grant?) {
        let body = SecretBytes(copying: signature.span.bytes)
        let reply = try step("finish", body, method: "certificate")
        return (CertificateOutcome(rawValue: reply.body[0]), reply.grant)
    }

    /// A step of a registration; what came of it, the number behind it, and whether a grant came.
    func register(_ name: String, _ body: consuming SecretBytes) throws -> (
        outcome: RegistrationOutcome?, number: Int, isGranted: Bool
    ) {
        let reply = try step(name, body, path: Registration.path(plugin: Registration.plugin, step: name))
        let number = reply.body.count == 5 ? reply.body[1...].reduce(0) { $0 << 8 | Int($1) } : 0
        return (RegistrationOutcome(rawValue: reply.body[0]), number, reply.grant != nil)
    }

    func step(
        _ name: String, _ body: consuming SecretBytes, method: String = "sms", path: String? = nil
    ) throws -> ActivationReply {
        let message = ActivationStep(
            session: session, signingKey: signing.publicKey, sealingKey: sealing.publicKey, deviceName: self.name,
            body: body)
        let nonce = randomBytes(16)
        let sealed = try #require(message.sealed(to: sandbox.services.keys.sealing.publicKey))
        let answer = call(
            "POST", path ?? ActivationStep.path(method: method, step: name), sealed, nonce: nonce)
        guard case .reply(200, let bytes) = answer else { throw WireError.malformed }
        let key = sandbox.services.keys.signing.publicKey
        let opened = Envelope.open(bytes.span.bytes, context: .reply, binding: nonce, status: 200, signedBy: key)
        guard let opened else { throw WireError.malformed }
        let reply = try opened.withBytes { try ActivationReply.decode($0) }
        session = reply.session
        return reply
    }

    /// A step of an activation as HTTP brings it.
    func sealedStep(
        _ name: String, _ body: consuming SecretBytes, method: String
    ) throws -> (path: String, headers: [(name: String, value: String)], body: [UInt8]) {
        let message = ActivationStep(
            session: session, signingKey: signing.publicKey, sealingKey: sealing.publicKey, deviceName: self.name,
            body: body)
        let sealed = try #require(message.sealed(to: sandbox.services.keys.sealing.publicKey))
        let path = ActivationStep.path(method: method, step: name)
        let content = SignedContent(method: "POST", authority: "localhost:8443", path: path, body: sealed)
        let parameters = SignatureParameters(
            created: sandbox.now, nonce: randomBytes(16), publicKey: signing.publicKey)
        let signature = signing.sign(content.signatureBase(parameters).span.bytes)
        return (path, content.headers(parameters, signature: signature), sealed)
    }

    /// Opens all that waits on the stream.
    func events(after sequence: UInt64 = 0) throws -> [Push] {
        guard case .stream(let device, _) = call("GET", Push.path) else { return [] }
        let key = sandbox.services.keys.signing.publicKey
        return try sandbox.services.devices.events(of: device, after: sequence).compactMap {
            Push.open($0.sealed, signingKey: signing.publicKey, sealingKey: sealing, gateway: key)
        }
    }

    /// The newest PIN on the stream.
    func pin() throws -> String? {
        for push in try events().reversed() {
            if case .pin(let box, _) = push.event {
                return box.withSecret { $0.withBytes { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } } }
            }
        }
        return nil
    }
}
