import Foundation
import GatewayAPI
import SecureMemory
import TestAuthorities
import TestSupport
import Testing
import Wire

/// The real `clave-gateway` over HTTPS, with a state of its own; ends with the test.
private final class Program {
    let state = NSTemporaryDirectory() + "clave-program-" + UUID().uuidString.prefix(8)
    private let child: Child
    private let origin: String
    let description: GatewayDescription
    /// What it said when it began.
    let said: String

    init(_ arguments: [String] = [], trust: String? = nil) throws {
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        if let trust { try FileManager.default.copyItem(atPath: trust, toPath: state + "/trust") }
        let log = state + ".log"
        let child = try Child(
            try program("clave-gateway"), ["serve", "--seed", "-p", "0", "-s", state] + arguments, environment: [:],
            output: log)
        self.child = child
        var said = ""
        try eventually("the gateway to listen") {
            said = try String(contentsOfFile: log, encoding: .utf8)
            return said.contains("not the state's service") || !child.isRunning
        }
        self.said = said
        let line = try #require(said.split(separator: "\n").first { $0.contains("listening at ") }, "\(said)")
        origin = String(line.split(separator: " ").last!)
        let body = try Self.curl(origin + GatewayDescription.path, state)
        let inner = try WireReader.read(body.span.bytes) { (reader) throws(WireError) in
            let inner = try reader.bytes(limit: GatewayLimits.body)
            _ = try reader.bytes(limit: 64)
            return inner
        }
        description = try GatewayDescription.decode(inner.span.bytes)
    }

    deinit { child.end() }

    private static func curl(_ address: String, _ state: String, _ arguments: [String] = []) throws -> [UInt8] {
        let output = state + "/answer-" + UUID().uuidString
        let outcome = runProgram(
            "/usr/bin/curl",
            ["-sS", "--max-time", "20", "--cacert", state + "/ca.crt", "-o", output, address] + arguments,
            environment: [:])
        try #require(outcome.code == 0, "\(outcome.errors)")
        return try Array(Data(contentsOf: URL(filePath: output)))
    }

    /// A step of an activation by certificate; the reply, or nil if it is refused.
    func step(
        _ name: String, session: [UInt8] = [], _ body: [UInt8] = [], signing: borrowing SigningKey,
        sealing: borrowing SealingKey
    ) throws -> ActivationReply? {
        let message = ActivationStep(
            session: session, signingKey: signing.publicKey, sealingKey: sealing.publicKey, deviceName: "desk",
            body: SecretBytes(copying: body.span.bytes))
        let sealed = try #require(message.sealed(to: description.sealingKey))
        let path = ActivationStep.path(method: "certificate", step: name)
        let content = SignedContent(
            method: "POST", authority: String(origin.dropFirst("https://".count)), path: path, body: sealed)
        let parameters = SignatureParameters(created: UInt64(time(nil)), publicKey: signing.publicKey)
        let signature = signing.sign(content.signatureBase(parameters).span.bytes)
        let file = state + "/step"
        try Data(sealed).write(to: URL(filePath: file))
        let headers = content.headers(parameters, signature: signature).flatMap { ["-H", "\($0.name): \($0.value)"] }
        let answer = try Self.curl(origin + path, state, headers + ["--data-binary", "@" + file])
        let opened = Envelope.open(
            answer.span.bytes, context: .reply, binding: parameters.nonce, status: 200,
            signedBy: description.signingKey)
        guard let opened else { return nil }
        return try opened.withBytes { try ActivationReply.decode($0) }
    }
}

@Suite struct `The gateway's program` {
    private func outcome(
        _ program: Program, _ authorities: Authorities, _ person: Issued
    ) throws -> (outcome: CertificateOutcome?, grant: Grant?) {
        let signing = SigningKey()
        let sealing = SealingKey()
        let challenge = try #require(try program.step("challenge", signing: signing, sealing: sealing))
        let signature = try authorities.sign(challenge.body, by: person)
        let session = challenge.session
        let reply = try #require(
            try program.step("finish", session: session, signature, signing: signing, sealing: sealing))
        return (CertificateOutcome(rawValue: reply.body[0]), reply.grant)
    }

    @Test func `activates by certificate over HTTPS, with lists and a responder`() throws {
        let authorities = try Authorities()
        let (person, revoked) = (try authorities.person(), try authorities.person())
        try authorities.writeList(of: authorities.root)
        let responder = try authorities.startResponder(
            signer: try authorities.responder(), valid: [person], revoked: [revoked])
        let program = try Program([
            "--trust-store", authorities.folder + "/trust", "--crl", authorities.folder + "/crl", "--ocsp-responder",
            responder.address,
        ])
        #expect(program.description.methods == ["sms", "certificate", "dnie"])
        #expect(program.said.contains("trusts 2 certification authorities"))
        #expect(try outcome(program, authorities, revoked).outcome == .revoked)
        let done = try outcome(program, authorities, person)
        #expect(done.outcome == .accepted)
        #expect(done.grant?.document == "12345678Z" && done.grant?.level == 1)
        #expect(try outcome(program, authorities, try authorities.person()).outcome == .revocationUnknown)
    }

    @Test func `finds its trust store in its state, and wants to know of revocation unless it is told otherwise`()
        throws
    {
        let authorities = try Authorities()
        let person = try authorities.person()
        for (arguments, expected) in [
            ([], CertificateOutcome.revocationUnknown), (["--revocation", "soft-fail"], .accepted),
            (["--revocation", "off"], .accepted),
        ] {
            let program = try Program(arguments, trust: authorities.folder + "/trust")
            #expect(try outcome(program, authorities, person).outcome == expected, "\(arguments)")
        }
        let without = try Program()
        #expect(without.description.methods == ["sms"])
        #expect(try without.step("challenge", signing: SigningKey(), sealing: SealingKey()) == nil)
    }

    @Test(arguments: [
        (["--revocation", "perhaps"], 64, "--revocation takes require, soft-fail or off"),
        (["--ocsp-responder", "https://ocsp.example"], 64, "--ocsp-responder takes an address"),
        (["--crl", "/nowhere"], 64, "--crl says nothing without --trust-store"),
        (["--trust-store", "/nowhere"], 1, "stat /nowhere"),
        (["--trust-store", "/dev/null"], 1, "has no root certificate"),
    ])
    func `says what is wrong with its options for certificates`(options: [String], code: Int32, words: String) throws {
        let state = NSTemporaryDirectory() + "clave-program-" + UUID().uuidString
        let wrong = runProgram(
            try program("clave-gateway"), ["serve", "-p", "0", "-s", state] + options, environment: [:])
        #expect(wrong.code == code)
        #expect(wrong.errors.contains(words), "\(wrong.errors)")
    }
}
